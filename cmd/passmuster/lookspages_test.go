package main

// Who looks at the pages: accounts of the demonstration, and one of a federation
// that has nothing yet.
const (
	trainerSees    = "trainer-sjz@demo.example"
	approverSees   = "approver@demo.example"
	federationSees = "federation@demo.example"
	hospitalSees   = "hospital@demo.example"
	secondSees     = "second@demo.example"
	newcomerSees   = "newcomer@demo.example"
)

// page is one that people see, in one of its states.
type page struct {
	name   string // of its pictures
	route  string // which it shows, as it is registered
	as     string // who looks; "": everybody
	at     string // its address, with the things of the building in braces; "": the route is one
	then   string // a script that sends a form, whose answer is looked at
	unfold bool   // all that is folded is opened
	status int    // of the answer; 0: 200
	guess  bool   // it is counted: each look comes a while after the one before
	weight int    // bytes that it may weigh with all that it loads; 0: heaviest
}

// notPages begin routes that answer no browser with a page of ours, or only send
// it on.
var notPages = []string{"/api/", "/assets/", "/pki/", "/keys/", "/.well-known/", "/trust", "/bundle", "/status/", "/issuers/", "/published.json", "/credentials/", "/healthz", "/readyz", "/docs", "/openapi.json", "/V/", "/S/",
	"/a/ask/", "/jobs/:id/events", "/t/classes/:id/join/now", "/registry/templates/artwork/"}

// pages are all that people see.
var pages = []page{
	// Everybody's.
	{name: "home", route: "/"},
	{name: "verify", route: "/verify"},
	{name: "verify-unfolded", route: "/verify", unfold: true},
	{name: "scan", route: "/scan", weight: 600_000}, // what works without a network is fetched with it
	{name: "scan-unfolded", route: "/scan", unfold: true, weight: 600_000},
	{name: "verify-damaged", route: "/verify", then: send("/verify:has([name=qr])", "qr", "{origin}/v/{valid}#12345x")},
	{name: "verify-mistyped", route: "/verify", then: send("/verify", "code", "7K3Q-D9XM"), status: 400},
	{name: "file", route: "/verify/file"},
	{name: "file-wrong", route: "/verify/file", then: attach("DEMO.txt", "text/plain", "DEMO"), status: 415},
	{name: "file-printed", route: "/verify/file", then: attach("DEMO.pdf", "application/pdf", "%PDF-1.4 DEMO")},
	{name: "file-genuine", route: "/verify/file", then: dropped("/my/{holder}/certificate.pdf", "")},
	{name: "file-altered", route: "/verify/file", then: dropped("/my/{holder}/certificate.pdf", "x")},
	{name: "receipt", route: "/v/:code/receipt", at: "/v/{valid}/receipt"},
	{name: "receipt-revoked", route: "/v/:code/receipt", at: "/v/{revoked}/receipt"},
	{name: "result-valid", route: "/v/:code", at: "/v/{valid}"},
	{name: "result-ends-soon", route: "/v/:code", at: "/v/{expiring}"},
	{name: "result-expired", route: "/v/:code", at: "/v/{expired}"},
	{name: "result-not-yet", route: "/v/:code", at: "/v/{not_yet_valid}"},
	{name: "result-suspended", route: "/v/:code", at: "/v/{suspended}"},
	{name: "result-revoked", route: "/v/:code", at: "/v/{revoked}"},
	{name: "result-replaced", route: "/v/:code", at: "/v/{superseded}"},
	{name: "bases-public", route: "/bases"},
	{name: "bases-public-no-match", route: "/bases", at: "/bases?q=zzz"},
	{name: "base-public", route: "/bases/:code", at: "/bases/SJZ"},
	{name: "courses-public", route: "/courses"},
	{name: "course-public", route: "/courses/:code", at: "/courses/CPR1"},
	{name: "how-to", route: "/help/verify"},
	{name: "privacy", route: "/privacy"},
	{name: "accessibility", route: "/accessibility"},
	{name: "report", route: "/v/:code/report", at: "/v/{valid}/report"},
	{name: "report-wrong", route: "/report", then: send("/report", "about", "7K3Q"), status: 422},
	{name: "report-waiting", route: "/report/:token", at: "/report/{report}?new=1"},
	{name: "report-answered", route: "/report/:token", at: "/report/{answered report}"},
	{name: "claim", route: "/claim"},
	{name: "signin", route: "/signin"},
	{name: "invited", route: "/invite/:token", at: "/invite/{invited}"},
	{name: "invited-wrong", route: "/invite/:token", at: "/invite/{invited}", then: send("/invite/", "name", "", "email", "x", "password", "short"), status: 422},
	{name: "error-404", route: "/", at: "/nothing/here", status: 404},

	// Joining a class.
	{name: "join-code", route: "/join"},
	{name: "join", route: "/join/:code", at: "/join/{code}"},
	{name: "join-wrong", route: "/join/:code", at: "/join/{code}", then: send("/join/", "name", "李 DEMO", "id_type", "volunteer", "id", "1"), status: 422},
	{name: "join-closed", route: "/join/:code", at: "/join/{shut}", status: 410},
	{name: "joined", route: "/my/:token/joined", at: "/my/{joined}/joined"},
	{name: "join-screen", route: "/t/classes/:id/join", at: "/t/classes/{room}/join", as: trainerSees},
	{name: "join-screen-closed", route: "/t/classes/:id/join", at: "/t/classes/{closed}/join", as: trainerSees},
	{name: "join-heads", route: "/t/classes/:id/heads", at: "/t/classes/{room}/heads", as: trainerSees},
	{name: "slip", route: "/claim/:token", at: "/claim/{slip}"},
	{name: "slip-of-class", route: "/t/slips/:token", at: "/t/slips/{slip}", as: trainerSees},

	// The holder's own.
	{name: "my", route: "/my/:token", at: "/my/{holder}"},
	{name: "my-waiting", route: "/my/:token", at: "/my/{joined}"},
	{name: "my-denied", route: "/my/:token", at: "/my/{denied}"},
	{name: "my-erasure", route: "/my/:token/erasure", at: "/my/{holder}/erasure"},
	{name: "my-erasure-early", route: "/my/:token/erasure", at: "/my/{joined}/erasure"},
	{name: "my-erasure-unsure", route: "/my/:token/erasure", at: "/my/{holder}/erasure", then: send("/erasure", "note", "DEMO: 我已搬家"), status: 422},
	{name: "my-erasure-asked", route: "/my/:token/erasure", at: "/my/{asks}/erasure"},
	{name: "my-erasure-declined", route: "/my/:token/erasure", at: "/my/{declined}/erasure"},
	{name: "my-asked", route: "/my/:token", at: "/my/{asks}"},
	{name: "my-erased", route: "/my/:token", at: "/my/{erased}", status: 410},
	{name: "share", route: "/s/:code", at: "/s/{share}"},

	// Desk and classes.
	{name: "desk", route: "/staff", as: trainerSees},
	{name: "account", route: "/staff/account", as: approverSees},
	{name: "today", route: "/t", as: trainerSees},
	{name: "today-no-match", route: "/t", at: "/t?q=zzz", as: trainerSees},
	{name: "today-empty", route: "/t", as: newcomerSees},
	{name: "class-new", route: "/t/classes/new", as: trainerSees},
	{name: "class-new-details", route: "/t/classes/new", at: "/t/classes/new?course=CPR1&base=SJZ&on={today}", as: trainerSees},
	{name: "class-new-wrong", route: "/t/classes/new", at: "/t/classes/new?course=CPR1&base=SJZ&on={today}", as: trainerSees,
		then: send("/t/classes", "capacity", "50", "s0-minutes", ""), status: 422},
	{name: "class", route: "/t/classes/:id", at: "/t/classes/{full}", as: trainerSees},
	{name: "class-empty", route: "/t/classes/:id", at: "/t/classes/{closed}", as: trainerSees},
	{name: "class-submitted", route: "/t/classes/:id", at: "/t/classes/{waiting}", as: trainerSees},
	{name: "class-returned", route: "/t/classes/:id", at: "/t/classes/{returned}", as: trainerSees},
	{name: "class-edit", route: "/t/classes/:id/edit", at: "/t/classes/{full}/edit", as: trainerSees},
	{name: "attendance", route: "/t/classes/:id/attendance", at: "/t/classes/{full}/attendance", as: trainerSees},
	{name: "leave-unsent", route: "/t/classes/:id/attendance", at: "/t/classes/{full}/attendance", as: trainerSees, then: leaveUnsent},
	{name: "theory", route: "/t/classes/:id/theory", at: "/t/classes/{full}/theory", as: trainerSees},
	{name: "theory-wrong", route: "/t/classes/:id/theory", at: "/t/classes/{full}/theory", as: trainerSees, then: sendFirst("/theory", "s-", "101"), status: 422},
	{name: "skills", route: "/t/classes/:id/skills", at: "/t/classes/{full}/skills", as: trainerSees},
	{name: "station", route: "/t/classes/:id/stations/:station", at: "/t/classes/{full}/stations/{station}", as: trainerSees},
	{name: "review", route: "/t/classes/:id/review", at: "/t/classes/{full}/review", as: trainerSees},
	{name: "review-ready", route: "/t/classes/:id/review", at: "/t/classes/{returned}/review", as: trainerSees},
	{name: "ask", route: "/t/classes/:id/ask", at: "/t/classes/{waiting}/ask", as: trainerSees},
	{name: "papers", route: "/t/classes/:id/documents", at: "/t/classes/{issued}/documents", as: trainerSees},
	{name: "papers-slips", route: "/t/classes/:id/documents", at: "/t/classes/{room}/documents", as: trainerSees},
	{name: "rules", route: "/registry/rules", as: federationSees},
	{name: "error-class-unknown", route: "/t/classes/:id", at: "/t/classes/0190a000-0000-7000-8000-000000000000", as: trainerSees, status: 404},

	// Import.
	{name: "import", route: "/t/imports/:id", at: "/t/imports/{import}", as: trainerSees},
	{name: "import-row", route: "/t/imports/:id/rows/:line", at: "/t/imports/{import}/rows/3", as: trainerSees},
	{name: "import-columns", route: "/t/imports/:id/columns", at: "/t/imports/{foreign}/columns", as: trainerSees},

	// Approval.
	{name: "queue", route: "/a", as: approverSees},
	{name: "queue-empty", route: "/a", as: newcomerSees},
	{name: "approve", route: "/a/classes/:id", at: "/a/classes/{waiting}", as: approverSees},
	{name: "approve-return-without-reason", route: "/a/classes/:id", at: "/a/classes/{waiting}", as: approverSees, then: press("/return"), status: 422},
	{name: "approve-barred", route: "/a/classes/:id", at: "/a/classes/{waiting}", as: trainerSees},
	{name: "job-running", route: "/jobs/:id", at: "/jobs/{running}", as: approverSees},
	{name: "job-done", route: "/jobs/:id", at: "/jobs/{done}", as: approverSees},
	{name: "job-failed", route: "/jobs/:id", at: "/jobs/{failed}", as: approverSees},
	{name: "issued", route: "/registry/classes/:id", at: "/registry/classes/{issued}", as: approverSees},

	// Certificates and people.
	{name: "certificates", route: "/registry/credentials", as: approverSees},
	{name: "certificates-no-match", route: "/registry/credentials", at: "/registry/credentials?q=zzz&status=revoked", as: approverSees},
	{name: "certificates-empty", route: "/registry/credentials", as: newcomerSees},
	{name: "certificate", route: "/registry/credentials/:number", at: "/registry/credentials/{number}", as: approverSees},
	{name: "certificate-denied", route: "/registry/credentials/:number", at: "/registry/credentials/{denied number}", as: approverSees},
	{name: "certificate-suspended", route: "/registry/credentials/:number", at: "/registry/credentials/{suspended number}", as: approverSees},
	{name: "certificate-replaced", route: "/registry/credentials/:number", at: "/registry/credentials/{replaced number}", as: approverSees},
	{name: "certificate-wish", route: "/registry/credentials/:number", at: "/registry/credentials/{asks number}", as: approverSees},
	{name: "certificate-erase", route: "/registry/credentials/:number", at: "/registry/credentials/{asks number}", as: approverSees,
		then: send("/revoke:has([name=erase_typed])", "erase_typed", "GAJK-SJZ-2026-000000", "erase_note", "DEMO: 本人来电"), status: 422},
	{name: "certificate-erase-asked", route: "/registry/credentials/:number", at: "/registry/credentials/{erasing number}", as: approverSees},
	{name: "certificate-erase-grant", route: "/registry/credentials/:number", at: "/registry/credentials/{erasing number}", as: secondSees},
	{name: "certificate-erased", route: "/registry/credentials/:number", at: "/registry/credentials/{erased number}", as: approverSees},
	{name: "people", route: "/registry/people", as: federationSees},
	{name: "people-no-match", route: "/registry/people", at: "/registry/people?q=zzzz", as: federationSees},
	{name: "people-twins", route: "/registry/people/duplicates", as: federationSees},
	{name: "person", route: "/registry/people/:id", at: "/registry/people/{first}", as: federationSees},
	{name: "person-merge", route: "/registry/people/:id/merge", at: "/registry/people/{first}/merge?with={second}", as: federationSees},
	{name: "person-merge-two", route: "/registry/people/:id/merge", at: "/registry/people/{one paper}/merge?with={another paper}", as: federationSees},
	{name: "person-merge-asked", route: "/registry/people/:id/merge", at: "/registry/people/{kept}/merge?with={merged}", as: approverSees},
	{name: "person-merge-grant", route: "/registry/people/:id/merge", at: "/registry/people/{kept}/merge?with={merged}", as: federationSees},
	{name: "person-merge-turned", route: "/registry/people/:id/merge", at: "/registry/people/{merged}/merge?with={kept}", as: federationSees},
	{name: "audit", route: "/registry/audit", as: federationSees},
	{name: "audit-no-match", route: "/registry/audit", at: "/registry/audit?action=nothing.such", as: federationSees},

	// Registers.
	{name: "registers", route: "/registry", as: federationSees},
	{name: "registers-empty", route: "/registry", as: newcomerSees},
	{name: "courses", route: "/registry/courses", as: federationSees},
	{name: "course", route: "/registry/courses/:code", at: "/registry/courses/CPR1", as: federationSees},
	{name: "course-draft", route: "/registry/courses/:code", at: "/registry/courses/CPR1?version={draft}", as: federationSees},
	{name: "course-new", route: "/registry/courses/new", as: federationSees},
	{name: "course-edit", route: "/registry/courses/:code/:version/edit", at: "/registry/courses/CPR1/{draft}/edit", as: federationSees},
	{name: "course-skills", route: "/registry/courses/:code/:version/skills", at: "/registry/courses/CPR1/{draft}/skills", as: federationSees},
	{name: "courses-starter", route: "/registry/courses/starter", as: newcomerSees},
	{name: "organizations", route: "/registry/organizations", as: federationSees},
	{name: "organizations-no-match", route: "/registry/organizations", at: "/registry/organizations?q=zzz", as: federationSees},
	{name: "organization", route: "/registry/organizations/:code", at: "/registry/organizations/SJZ-H", as: federationSees},
	{name: "organization-new", route: "/registry/organizations/new", as: federationSees},
	{name: "organization-new-wrong", route: "/registry/organizations/new", as: federationSees, then: send("/registry/organizations", "code", "bad code"), status: 422},
	{name: "bases", route: "/registry/bases", as: federationSees},
	{name: "bases-empty", route: "/registry/bases", as: newcomerSees},
	{name: "base", route: "/registry/bases/:code", at: "/registry/bases/SJZ", as: federationSees},
	{name: "base-open", route: "/registry/bases/open", as: federationSees},
	{name: "trainers", route: "/registry/trainers", as: federationSees},
	{name: "trainer", route: "/registry/trainers/:id", at: "/registry/trainers/{trainer}", as: federationSees},
	{name: "trainer-new", route: "/registry/trainers/new", as: federationSees},
	{name: "users", route: "/registry/users", as: federationSees},
	{name: "user", route: "/registry/users/:id", at: "/registry/users/{user}", as: federationSees},
	{name: "invitations", route: "/registry/invitations", as: federationSees},
	{name: "invitation-new", route: "/registry/invitations/new", as: federationSees},
	{name: "invitation", route: "/registry/invitations/:id", at: "/registry/invitations/{invitation}", as: federationSees},
	{name: "register-import-new", route: "/registry/imports/new", at: "/registry/imports/new?kind=trainers", as: federationSees},
	{name: "register-import", route: "/registry/imports/:id", at: "/registry/imports/{list}", as: federationSees},
	{name: "error-403", route: "/registry/templates", as: trainerSees, status: 403},

	// Templates.
	{name: "designs", route: "/registry/templates", as: federationSees},
	{name: "design", route: "/registry/templates/:id", at: "/registry/templates/competence-1", as: federationSees},
	{name: "design-text", route: "/registry/templates/:id", at: "/registry/templates/competence-1?tab=text", as: federationSees},
	{name: "signatories", route: "/registry/signatories/:owner", at: "/registry/signatories/SJZ", as: federationSees},
	{name: "designs-read-only", route: "/registry/templates", as: approverSees},

	// What people told of, and lists that are checked.
	{name: "reports", route: "/registry/reports", as: approverSees},
	{name: "reports-empty", route: "/registry/reports", as: newcomerSees},
	{name: "report-entry", route: "/registry/reports/:id", at: "/registry/reports/{report id}", as: approverSees},
	{name: "report-wish", route: "/registry/reports/:id", at: "/registry/reports/{wish id}", as: approverSees},
	{name: "report-entry-wrong", route: "/registry/reports/:id", at: "/registry/reports/{report id}", as: approverSees, then: send("/answer", "outcome", ""), status: 422},
	{name: "lists", route: "/lists", as: hospitalSees},
	{name: "lists-checked", route: "/lists", as: hospitalSees, then: send("/lists:has([name=text])", "text", "姓名\t验证码\n王芳 DEMO\t{valid}\n\t{revoked}\n\t{suspended}\n\t{expired}\n\t{expiring}\n\t{superseded}\n\t{not_yet_valid}\n\t7K3Q-D9XM\n\t{expiring}")},
	{name: "lists-columns", route: "/lists", as: hospitalSees, then: send("/lists:has([name=text])", "text", "a,b\n1,2"), status: 422},

	// Guesses, which come last: time goes on between them.
	{name: "verify-other-name", route: "/verify", then: send("/verify:has([name=number])", "number", "GAJK-SJZ-2026-999999", "name", "DEMO"), status: 404, guess: true},
	{name: "result-not-found", route: "/v/:code", at: "/v/7K3Q-D9XM-2HRT-W4BX", status: 404, guess: true},
	{name: "claim-nothing", route: "/claim", then: send("/claim", "name", "张伟 DEMO", "phone", "0000", "number", "GAJK-SJZ-2026-999999"), status: 404, guess: true},
	{name: "signin-refused", route: "/signin", then: send("/signin", "email", "nobody@demo.example", "password", "not the password"), status: 401, guess: true},
	{name: "join-code-unknown", route: "/join", at: "/join?code=zz", status: 404, guess: true},
	{name: "my-unknown", route: "/my/:token", at: "/my/00000000000000000000000000000000", status: 404, guess: true},
	{name: "share-gone", route: "/s/:code", at: "/s/{gone}", status: 404, guess: true},
	{name: "invited-withdrawn", route: "/invite/:token", at: "/invite/{withdrawn}", status: 409, guess: true},
}
