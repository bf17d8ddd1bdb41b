package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/pages"
)

// showMy handles GET /my/:token, the holder's private page.
func (s *Server) showMy(c *gin.Context) error {
	private(c)
	holder, err := s.Issue.Holder(c.Request.Context(), c.Param("token"))
	if errors.Is(err, registry.NotFound) {
		return s.Lookups.LinkMissed(c, registry.Fail(registry.NotFound, "holder.unknown"))
	}
	if err != nil {
		return err
	}
	page := s.my(c, holder)
	if err := s.myConfirm(c, &page, holder); err != nil {
		return err
	}
	page.EraseURL = myPath(c, "/erasure")
	if holder.Credential != nil {
		if err := s.myShares(c, &page, holder.Credential); err != nil {
			return err
		}
		if page.Wish, err = s.erasureWish(c, holder); err != nil {
			return err
		}
	}
	return show(c, http.StatusOK, pages.MyPage(page))
}

func (s *Server) my(c *gin.Context, h issue.Holder) pages.My {
	p := edge.Printer(c)
	page := pages.My{P: p, Here: c.Request.URL, Name: h.Enrolment.Name, Course: h.Course.Title, Base: h.Base.Name, Contact: h.Base.Contact,
		Demo: s.Demo || h.Class.Demo, InApp: inApp(c.GetHeader("User-Agent")), Loc: s.zone(c.Request.Context(), h.Base.Code), Done: map[pages.Step]pages.Date{}}
	page.Now = awaited(h)
	page.Done[pages.StepAttended] = h.Class.EndsOn()
	page.Done[pages.StepAssessed] = h.Completion.CompletedOn
	if !h.Class.ApprovedAt.IsZero() {
		page.Done[pages.StepApproved] = registry.DateOf(h.Class.ApprovedAt.In(page.Loc))
	}
	if page.Now == pages.StepApproved && !h.Class.SubmittedAt.IsZero() {
		page.Waits = waitingSince(p, h.Class.SubmittedAt, s.Now(), page.Loc)
	}
	switch {
	case h.Credential != nil:
		s.myCertificate(&page, h)
	case h.Class.Status == registry.ClassCancelled:
		page.Note = p.T("web.my.cancelled")
	case h.Enrolment.Status == registry.Withdrawn:
		page.Note = p.T("web.my.withdrawn")
	case h.Class.Status == registry.ClassIssued || h.Class.Status == registry.ClassArchived:
		page.Note = p.T("web.my.none")
	}
	for step, on := range page.Done {
		if on.IsZero() {
			delete(page.Done, step)
		}
	}
	return page
}

func (s *Server) myCertificate(page *pages.My, h issue.Holder) {
	c := h.Credential
	page.Status, page.Number, page.Code = c.StatusAt(s.Now()), c.Number, c.Code.String()
	page.ValidFrom = c.Snapshot.ValidFrom
	if !c.Snapshot.ValidUntil.IsZero() {
		page.ValidUntil = &c.Snapshot.ValidUntil
	}
	page.Done[pages.StepIssued] = c.Snapshot.IssuedOn
	page.CodeURL = "/my/" + h.Token + "/qr.png"
	page.DownloadURL, page.VerifyURL = "/my/"+h.Token+"/certificate.pdf", "/v/"+string(c.Code)
	page.Name = c.Snapshot.Name
}

// awaited is the stage that the holder waits for.
func awaited(h issue.Holder) pages.Step {
	if h.Credential != nil {
		return ""
	}
	switch h.Class.Status {
	case registry.ClassDraft, registry.ClassOpen:
		return pages.StepAttended
	case registry.ClassInProgress, registry.ClassAssessing, registry.ClassReturned, registry.ClassCancelled:
		return pages.StepAssessed
	case registry.ClassSubmitted:
		return pages.StepApproved
	}
	return pages.StepIssued
}

// inApp reports a browser inside a messenger, which cannot save files.
func inApp(agent string) bool {
	for _, name := range []string{"MicroMessenger", "DingTalk", "QQ/", "Weibo", "VKAndroidApp", "FBAN", "FBAV", "Instagram"} {
		if strings.Contains(agent, name) {
			return true
		}
	}
	return false
}
