package verify_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/passmuster/passmuster/verify"
)

// A gate that was handed the trust list and the bundle in the morning checks a QR
// code at noon. The documents, and the person, are those of the test vectors.
func Example() {
	var vector struct{ Root, List, Bundle string }
	b, err := os.ReadFile("../docs/vectors/trust.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := json.Unmarshal(b, &vector); err != nil {
		fmt.Println(err)
		return
	}
	bytes := func(s string) []byte { b, _ := hex.DecodeString(s); return b }
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

	root, err := verify.ParseRoot(bytes(vector.Root)) // in life: root.pem, shipped with the program
	if err != nil {
		fmt.Println(err)
		return
	}
	var memory verify.Memory // in life: read from where it was stored
	list, err := verify.OpenTrustList(bytes(vector.List), root, memory, now)
	if err != nil {
		fmt.Println(err)
		return
	}
	bundle, err := verify.OpenBundle(bytes(vector.Bundle), list, memory, now)
	if err != nil {
		fmt.Println(err)
		return
	}
	memory = memory.With(list, bundle)
	gate := verify.Verifier{List: list, Bundle: bundle, Memory: memory}

	for _, text := range []string{genuine, genuine[:len(genuine)-3] + "999", "https://verify.demo.example/v/1GVK91N30YX61D5B"} {
		a := gate.QR(text, now)
		fmt.Println(a.Verdict, a.Status, a.Reasons[0].Code)
		if a.Verdict == verify.Yes {
			c := a.Credential
			fmt.Printf("%s: %s, until %s\n", c.Name, c.Course.Title.In("en"), *c.ValidUntil)
		}
	}
	fmt.Println("as of", bundle.AsOf().Format(time.RFC3339))
	// Output:
	// yes valid bundle.basis
	// DEMO 欧阳·阿依古丽: CPR and AED, until 2028-11-30
	// no altered record.altered
	// cannot_tell could_not_check record.missing
	// as of 2026-11-21T05:59:00Z
}

// genuine is the text of the QR code on a certificate.
const genuine = "https://verify.demo.example/v/1GVK91N30YX61D5B#" +
	"60813688660592015402885200097199126332053848690307102437203973834552039370268562817272160345602201782769461758" +
	"66211784020977556092432826347501605112269921345972909535413825058432780600526734113528798297091917057949470718" +
	"34044123252920853089728955867747505496457371381323837746943200371022617294058747347988788363958018164185292229" +
	"93692852559051846896396168600077716474666"
