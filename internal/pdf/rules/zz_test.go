package rules_test
import ("testing";"os";"fmt";"github.com/passmuster/passmuster/internal/pdf/rules")
func TestZZ(t *testing.T){ for _,f:=range []string{"/tmp/pm/shots/slips-zh.pdf","/tmp/pm/shots/record-zh-2-40.pdf","/tmp/pm/shots/record-en-30-25.pdf","/tmp/pm/print2.pdf"} { b,_:=os.ReadFile(f); n:=0; for _,x:=range rules.Check(b){ if n++; n<14 {fmt.Println(f,x)} } ; fmt.Println(f,n)} }
