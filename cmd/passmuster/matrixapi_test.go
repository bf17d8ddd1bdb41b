package main

import "github.com/passmuster/passmuster/internal/registry"

// apiRoutes is the matrix of the API, and the end: signing out ends every session
// of the test.
var apiRoutes = []route{
	{"GET /api/v1/verify/:code", anybody, "", ""},
	{"POST /api/v1/verify", anybody, `{"number":"{number}","name":"张伟 DEMO"}`, ""},
	{"POST /api/v1/session", bearer, `{"email":"auditor-at-home@demo.example","password":"` + matrixPassword + `"}`, ""},
	{"GET /api/v1/me", staffers, "", ""},

	// Registers.
	{"GET /api/v1/organizations", lists(registry.ReadRegister), "", `"SJZ-H"`},
	{"POST /api/v1/organizations", inFederation(registry.EditOrganization), `{"parent":"CVF","code":"MTX{n}","type":"team","name":{"zh":"演示","en":"Matrix (DEMO)"},"tz":"Asia/Shanghai"}`, ""},
	{"GET /api/v1/organizations/:code", inClass(registry.ReadRegister), "", ""},
	{"PATCH /api/v1/organizations/:code", inClass(registry.EditOrganization), `{"region":"CN-HE"}`, ""},
	{"PUT /api/v1/organizations/:code/approval", inFederation(registry.EditOrganization), `{"passkey":false}`, ""},
	{"GET /api/v1/organizations/:code/signatories", inClass(registry.ReadTemplate), "", ""},
	{"PUT /api/v1/organizations/:code/signatories", inFederation(registry.EditTemplate), `{"items":[{"name":"周文静 DEMO","title":{"zh":"主任"}}]}`, ""},
	{"GET /api/v1/programmes", lists(registry.ReadRegister), "", `"GAJK"`},
	{"POST /api/v1/programmes", inFederation(registry.EditCourse), `{"code":"MTP{n}","owner":"CVF","name":{"zh":"演示","en":"Matrix (DEMO)"}}`, ""},
	{"GET /api/v1/bases", lists(registry.ReadRegister), "", `"SJZ"`},
	{"POST /api/v1/bases", inFederation(registry.AccreditBase), `{"code":"MTXB","host":"SJZ-ZY","accrediting":"CVF","programmes":["GAJK"],"name":{"zh":"演示","en":"Matrix (DEMO)"},"tz":"Asia/Shanghai","accredited_from":"{day}"}`, ""},
	{"GET /api/v1/bases/:code", inClass(registry.ReadRegister), "", ""},
	{"PATCH /api/v1/bases/:code", inClass(registry.AccreditBase), `{"signatories":[{"name":"周文静 DEMO","title":{"zh":"主任"}}]}`, ""},
	{"GET /api/v1/courses", lists(registry.ReadRegister), "", `"MTX2"`},
	{"POST /api/v1/courses", inFederation(registry.EditCourse), `{"code":"MTB{n}","version":1,"programme":"GAJK","title":{"zh":"演示","en":"Matrix (DEMO)"},"level":"public","kind":"competence","delivery":"in_person","minutes":180,"practical_minutes":90,"attendance_min":90,"pass_mark":80,"max_attempts":2,"validity_months":24}`, ""},
	{"POST /api/v1/courses/starter", inFederation(registry.EditCourse), `{"organization":"CVF"}`, ""},
	{"POST /api/v1/courses/:code/versions", inFederation(registry.EditCourse), "", ""},
	{"GET /api/v1/courses/:code/versions/:version", inClass(registry.ReadRegister), "", ""},
	{"PATCH /api/v1/courses/:code/versions/:version", inFederation(registry.EditCourse), `{"title":{"zh":"演示","en":"Matrix 2 (DEMO)"}}`, ""},
	{"GET /api/v1/trainers", somewhere(registry.ReadPerson), "?course=CPR1", ""},
	{"POST /api/v1/trainers", inClass(registry.AccreditTrainer), `{"name":"马丽 DEMO","courses":["CPR1"],"level":"instructor","valid_from":"{day}","organization":"SJZ-H"}`, ""},
	{"GET /api/v1/trainers/:person", inClass(registry.ReadPerson), "", ""},
	{"PATCH /api/v1/accreditations/:id", inClass(registry.AccreditTrainer), `{"level":"lead"}`, ""},
	{"GET /api/v1/persons", lists(registry.ReadPerson), "?name=马丽%20DEMO", `"马丽 DEMO"`},
	{"GET /api/v1/invitations", somewhere(registry.InviteAccount), "", ""},
	{"POST /api/v1/invitations", inClass(registry.InviteAccount), `{"organization":"SJZ-H","role":"trainer","name":"马丽 DEMO"}`, ""},
	{"DELETE /api/v1/invitations/:id", inClass(registry.InviteAccount), "", ""},
	{"GET /api/v1/audit", somewhere(registry.ReadAudit, registry.ReadOwnAudit), "", ""},

	// Classes.
	{"GET /api/v1/classes", lists(registry.ReadClass), "", `"{class}"`},
	{"POST /api/v1/classes", inClass(registry.CreateClass), `{"course":"CPR1","base":"SJZ","setting":"hospital","languages":["zh","en"],"sessions":[{"on":"{later}","from":"09:00","minutes":180,"practical":true}],"trainers":[{"person":"{trainer}","role":"lead"}]}`, ""},
	{"GET /api/v1/classes/:id", inClass(registry.ReadClass), "", ""},
	{"PATCH /api/v1/classes/:id", asTrainer(registry.CreateClass), `{"venue":"DEMO 3"}`, ""},
	{"GET /api/v1/classes/:id/enrolments", inClass(registry.ReadClass), "", ""},
	{"POST /api/v1/classes/:id/enrolments", asTrainer(registry.EnrolPerson), `{"people":[{"name":"王芳 DEMO","id_type":"volunteer","id":"DEMO-79{n}"}]}`, ""},
	{"PUT /api/v1/classes/:id/attendance", asTrainer(registry.RecordAttendance), `{"marks":[{"enrolment":"{enrolment}","state":"present"}]}`, ""},
	{"POST /api/v1/classes/:id/results", asTrainer(registry.RecordResults), `{"results":[{"enrolment":"{enrolment}","kind":"theory","score":91}]}`, ""},
	{"GET /api/v1/classes/:id/recorder", inClass(registry.ReadClass), "", ""},
	{"POST /api/v1/classes/:id/acts", asTrainer(registry.RecordAttendance), `{"acts":[{"id":"matrix-api-{n}","kind":"attendance","enrolment":"{second}","session":"{session}","state":"late"}]}`, ""},
	{"POST /api/v1/classes/:id/stations", asTrainer(registry.RecordResults), `{"name":"C","items":["aed"]}`, ""},
	{"POST /api/v1/classes/:id/stations/:station/close", asTrainer(registry.RecordResults), "", ""},
	{"GET /api/v1/classes/:id/join-code", asTrainer(registry.EnrolPerson), "", ""},
	{"POST /api/v1/classes/:id/join-code", asTrainer(registry.EnrolPerson), "", ""},
	{"DELETE /api/v1/classes/:id/join-code", asTrainer(registry.EnrolPerson), "", ""},
	{"POST /api/v1/classes/:id/head-count", asTrainer(registry.EnrolPerson), `{"heads":3}`, ""},
	{"POST /api/v1/classes/:id/imports", asTrainer(registry.EnrolPerson), "@file r.csv 姓名,证件类型,证件号码\n王芳,其他,DEMO-75{n}\n", ""},
	{"GET /api/v1/imports/:id", asTrainer(registry.EnrolPerson), "", ""},
	{"PATCH /api/v1/imports/:id", asTrainer(registry.EnrolPerson), `{"cells":[{"row":2,"column":1,"text":"李丽"}]}`, ""},
	{"GET /api/v1/imports/:id/rejected.xlsx", asTrainer(registry.EnrolPerson), "", ""},
	{"POST /api/v1/imports/:id/commit", asTrainer(registry.EnrolPerson), "", ""},
	{"DELETE /api/v1/imports/:id", asTrainer(registry.EnrolPerson), "", ""},
	{"POST /api/v1/classes/:id/submit", asTrainer(registry.SubmitClass), "", ""},
	{"POST /api/v1/classes/:id/cancel", asTrainer(registry.CancelClass), `{"reason":"DEMO"}`, ""},

	// Papers of a class.
	{"GET /api/v1/classes/:id/documents", inClass(registry.ReadClass), "", ""},
	{"GET /api/v1/classes/:id/record.pdf", inClass(registry.ReadClass), "", ""},
	{"GET /api/v1/classes/:id/record-empty.pdf", inClass(registry.ReadClass), "", ""},
	{"GET /api/v1/classes/:id/print.pdf", inClass(registry.ReadCredential), "", ""},
	{"GET /api/v1/classes/:id/certificates.zip", inClass(registry.ReadCredential), "", ""},
	{"GET /api/v1/classes/:id/cards.pdf", inClass(registry.ReadCredential), "", ""},
	{"GET /api/v1/classes/:id/slips", asTrainer(registry.EnrolPerson), "", ""},
	{"GET /api/v1/classes/:id/slips.pdf", asTrainer(registry.EnrolPerson), "", ""},
	{"GET /api/v1/classes/:id/slips-blank.pdf", asTrainer(registry.EnrolPerson), "", ""},
	{"POST /api/v1/classes/:id/slips", asTrainer(registry.EnrolPerson), `{"count":5}`, ""},
	{"POST /api/v1/classes/:id/slips/link", asTrainer(registry.EnrolPerson), `{"slip":"5","enrolment":"{second}"}`, ""},
	{"POST /api/v1/classes/:id/slips/unlink", asTrainer(registry.EnrolPerson), `{"slip":"3","reason":"DEMO"}`, ""},
	{"POST /api/v1/classes/:id/slips/void", asTrainer(registry.EnrolPerson), `{"slip":"8"}`, ""},

	// Approval and jobs.
	{"POST /api/v1/classes/:id/approve/challenge", inClass(registry.ApproveClass), `{}`, ""},
	{"GET /api/v1/classes/:id/approvals", inClass(registry.ReadClass), "", ""},
	{"POST /api/v1/classes/:id/approve", inClass(registry.ApproveClass), `{}`, ""},
	{"POST /api/v1/classes/:id/return", inClass(registry.ApproveClass), `{"reason":"DEMO"}`, ""},
	{"POST /api/v1/classes/:id/approve-later", inClass(registry.ApproveClass), `{"enrolment":"{held}"}`, ""},
	{"GET /api/v1/jobs/:id", inClass(registry.ReadClass), "", ""},
	{"POST /api/v1/jobs/:id/retry", inClass(registry.RetryIssue), "", ""},

	// Certificates.
	{"GET /api/v1/credentials", lists(registry.ReadCredential), "", `"{number}"`},
	{"GET /api/v1/credentials/:number", inClass(registry.ReadCredential), "", ""},
	{"GET /api/v1/credentials/:number/certificate.pdf", inClass(registry.ReadCredential), "", ""},
	{"POST /api/v1/credentials/:number/suspend", inClass(registry.SuspendAction), `{}`, ""},
	{"POST /api/v1/credentials/:number/reinstate", inClass(registry.SuspendAction), `{}`, ""},
	{"POST /api/v1/credentials/:number/reissue", inClass(registry.RevokeAction), `{"name":"欧阳娜娜 DEMO","reason":"DEMO"}`, ""},
	{"POST /api/v1/credentials/:number/revoke", inClass(registry.RevokeAction), `{"reason":"misconduct"}`, ""},

	// How certificates look.
	{"GET /api/v1/templates", inClass(registry.ReadTemplate), "?issuer=CVF", ""},
	{"GET /api/v1/templates/:id", inClass(registry.ReadTemplate), "?issuer=CVF", ""},
	{"GET /api/v1/templates/:id/preview.pdf", inClass(registry.ReadTemplate), "", ""},
	{"POST /api/v1/templates", inFederation(registry.EditTemplate), `{"issuer":"CVF","source":"{source text}","note":"DEMO"}`, ""},
	{"PUT /api/v1/templates/choices/:kind", inFederation(registry.EditTemplate), `{"issuer":"CVF","template":""}`, ""},
	{"GET /api/v1/templates/artwork/:role", inClass(registry.ReadTemplate), "?issuer=CVF", ""},
	{"PUT /api/v1/templates/artwork/:role", inFederation(registry.EditTemplate), "issuer=CVF&rights=true@file logo.png {logo}", ""},
	{"DELETE /api/v1/templates/artwork/:role", inFederation(registry.EditTemplate), "?issuer=CVF", ""},

	// The end.
	{"POST /signout", anybody, "", ""},
}
