package web_test

import (
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/demo"
)

// The page of a class's documents, and where a blank slip leads, fit a phone and
// a desk in every language; each was looked at.
func TestTheLookOfDocuments(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	class := w.issuedClass()
	p.post(class+"/slips", "count", "3").want(200)
	links := scanned(t, p.get(class+"/slips-blank.pdf").want(200).body)
	options := regexpOptions.FindAllStringSubmatch(p.get(class+"/documents").body, -1)
	p.post(class+"/slips/link", "slip", "1", "enrolment", options[0][1]).want(200)
	p.post(class+"/slips/void", "slip", "2").want(200)
	for _, link := range links {
		path := link[len(w.url):]
		if v := w.visitor(t).get(path).want(200); strings.Contains(v.body, "not linked yet") {
			look(t, p, []view{{"documents", class + "/documents"}, {"slip", path}})
			return
		}
	}
	t.Error("no slip is free")
}
