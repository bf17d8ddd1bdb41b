package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/passmuster/passmuster/internal/demo"
)

// Registers fit a phone and a desk in every language; each was looked at.
func TestTheLookOfRegisters(t *testing.T) {
	w := newWorld(t)
	fed := w.signIn(t, demo.FederationEmail)
	trainer := fed.get("/registry/trainers").find(`href="(/registry/trainers/[0-9a-f-]{36})"`)
	user := fed.get("/registry/users?q=approver").find(`href="(/registry/users/[0-9a-f-]{36})"`)
	fed.post("/registry/invitations", "role", "base_manager", "org", "SJZ-H", "name", "DEMO 王建华").want(200)
	invitation := fed.path
	link := fed.find(regexp.QuoteMeta(w.url) + `(/invite/[0-9A-Za-z_-]{32})`)
	fed.post("/registry/courses/CPR1/versions").want(200)
	list := "Code,Parent code,Type,Name in English\r\nNEW-A,CVF,branch,First DEMO\r\nbad code,CVF,branch,Third DEMO\r\nNEW-D,CVF,zoo,Odd DEMO\r\n"
	fed.upload("/registry/imports?kind=organizations", "orgs.csv", []byte(list)).want(200)
	imported := fed.path
	look := fed.look()
	pages := []struct{ name, path string }{
		{"registers", "/registry"}, {"organizations", "/registry/organizations"}, {"organizations_nomatch", "/registry/organizations?q=zzz"}, {"organization", "/registry/organizations/SJZ-H"},
		{"organization_new", "/registry/organizations/new"}, {"bases", "/registry/bases"}, {"base", "/registry/bases/SJZ"}, {"base_open", "/registry/bases/open"}, {"courses", "/registry/courses"},
		{"course", "/registry/courses/CPR1"}, {"course_draft", "/registry/courses/CPR1?version=4"}, {"course_edit", "/registry/courses/CPR1/4/edit"}, {"skills_sheet", "/registry/courses/CPR1/4/skills"},
		{"starter", "/registry/courses/starter"}, {"trainers", "/registry/trainers"}, {"trainer", trainer}, {"trainer_new", "/registry/trainers/new"}, {"users", "/registry/users"}, {"user", user},
		{"invitations", "/registry/invitations"}, {"invitation_new", "/registry/invitations/new"}, {"invitation", invitation}, {"import_new", "/registry/imports/new?kind=trainers"}, {"import_preview", imported}, {"invited", link},
	}
	for _, page := range pages {
		for _, lang := range []string{"zh", "en", "ru"} {
			for _, width := range []int{360, 1280} {
				look.open(t, page.path, lang, width)
				where := fmt.Sprintf("%s.%s at %d px", page.name, lang, width)
				look.fits(t, where)
				if dir := os.Getenv("PASSMUSTER_SHOTS"); dir != "" {
					name := fmt.Sprintf("%s.%s.%d.png", page.name, lang, width)
					must(0, os.WriteFile(filepath.Join(dir, name), look.picture(t, width, 2200), 0o600))
				}
			}
		}
	}
}
