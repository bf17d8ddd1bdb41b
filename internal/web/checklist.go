package web

import (
	"errors"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/verify"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

const listsPath = "/lists"

// longestQR is how many characters of a cell are read: the text of a QR code with
// the longest name.
const longestQR = 2000

// listLimits bound a list that is checked: as a roster, with fewer rows.
var listLimits = intake.Limits{Rows: verify.MostListed, Runes: longestQR}

func (s *Server) mountLists(e *gin.Engine) {
	get(e, listsPath, s.staff(s.showLists))
	e.POST(listsPath, s.staff(s.checkList))
	e.POST(listsPath+"/result.xlsx", s.staff(s.listResult))
}

func mayCheck(v visitor) error {
	if !registry.CanSomewhere(v.actor, registry.CheckList) {
		return registry.Fail(registry.Forbidden, "access.forbidden", string(registry.CheckList))
	}
	return nil
}

// showLists handles GET /lists.
func (s *Server) showLists(c *gin.Context, v visitor) error {
	if err := mayCheck(v); err != nil {
		return err
	}
	return show(c, http.StatusOK, staff.ChecklistPage(staff.Checklist{Frame: s.frame(c, v, listsPath), Most: verify.MostListed}))
}

// sentList is a list as a form sent it.
type sentList struct {
	*intake.Checklist
	name string
}

// checkList handles POST /lists: a file, a pasted text, or a list that the page
// carried, with other columns.
func (s *Server) checkList(c *gin.Context, v visitor) error {
	if err := mayCheck(v); err != nil {
		return err
	}
	list, err := readSent(c)
	if err != nil {
		return s.listRefused(c, v, err)
	}
	page := staff.Checklist{Frame: s.frame(c, v, listsPath), Most: verify.MostListed, Filename: list.name, Ready: list.Ready()}
	p := page.P
	if page.Packed, err = list.Table.Pack(); err != nil {
		return err
	}
	page.Columns = columnsAsked(p, list.Checklist)
	if !page.Ready {
		return show(c, http.StatusUnprocessableEntity, staff.ChecklistPage(page))
	}
	answers, err := s.answerList(c, v, list)
	if err != nil {
		return s.listRefused(c, v, err)
	}
	loc, err := s.desk(c.Request.Context(), v)
	if err != nil {
		return err
	}
	page.Checked = p.T("checklist.checked", p.Time(s.Now(), loc))
	s.fillChecked(&page, list, answers)
	status := http.StatusOK
	if away(answers) {
		status = http.StatusServiceUnavailable
	}
	return show(c, status, staff.ChecklistPage(page))
}

// away reports that the store could not be asked about the list.
func away(answers []verify.Listed) bool {
	for _, a := range answers {
		if a.Refusal == nil && edge.AnswerStatus(a.Answer) == http.StatusServiceUnavailable {
			return true
		}
	}
	return false
}

// listRefused shows the forms again, with what is wrong.
func (s *Server) listRefused(c *gin.Context, v visitor, err error) error {
	refusal, status, fault := refused(c, err)
	if fault != nil {
		return fault
	}
	page := staff.Checklist{Frame: s.frame(c, v, listsPath), Most: verify.MostListed, Text: c.PostForm("text")}
	page.Refusal = refusal
	return show(c, status, staff.ChecklistPage(page))
}

// readSent reads the list of a form. The limit of the body is that of a roster:
// a page that carries a list sends it whole.
func readSent(c *gin.Context) (list sentList, err error) {
	table, name, err := sentTable(c)
	if err != nil {
		return list, err
	}
	list.name = name
	list.Checklist, err = intake.ReadChecklist(table, chosenColumns(c), verify.MostListed)
	return list, err
}

func sentTable(c *gin.Context) (table *intake.Table, name string, err error) {
	if strings.HasPrefix(c.GetHeader("Content-Type"), "multipart/") {
		var data []byte
		if name, data, err = uploadedUpTo(c, maxRoster); err != nil {
			return nil, "", err
		}
		table, err = intake.ReadTable(name, data, listLimits)
		return table, name, err
	}
	if err := edge.AllowBody(c, maxRoster); err != nil {
		return nil, "", err
	}
	if err := parsed(c); err != nil {
		return nil, "", err
	}
	if packed := c.PostForm("list"); packed != "" {
		table, err = intake.Unpack(packed, listLimits)
		return table, filepath.Base(strings.ReplaceAll(c.PostForm("filename"), `\`, "/")), err
	}
	text := strings.TrimSpace(c.PostForm("text"))
	if text == "" {
		return nil, "", registry.FailField(registry.Invalid, "text", "checklist.none")
	}
	table, err = intake.ReadTable("list.csv", []byte(text), listLimits)
	return table, edge.Printer(c).T("checklist.pasted"), err
}

var checkColumns = []string{intake.CheckCode, intake.CheckNumber, intake.CheckName}

// chosenColumns are the columns as the form says, nil where it says nothing.
func chosenColumns(c *gin.Context) map[string]int {
	if c.PostForm("list") == "" {
		return nil
	}
	chosen := map[string]int{}
	for _, name := range checkColumns {
		if i, err := strconv.Atoi(c.PostForm(name)); err == nil {
			chosen[name] = i
		}
	}
	return chosen
}

func columnsAsked(p *i18n.Printer, l *intake.Checklist) []staff.ListColumn {
	var list []staff.ListColumn
	for _, name := range checkColumns {
		col := staff.ListColumn{Name: name, Label: p.T("checklist.column." + name), Options: []ui.Option{{Value: "", Label: p.T("checklist.column.none")}}}
		for i := range l.Width() {
			col.Options = append(col.Options, ui.Option{Value: strconv.Itoa(i), Label: l.Heading(i)})
		}
		if i, ok := l.Columns[name]; ok {
			col.Value = strconv.Itoa(i)
		}
		list = append(list, col)
	}
	return list
}

// answerList checks the list, and counts what was not found to the account, never
// to its network: unknown codes, and wrong pairs, these by number and name as well.
// Pairs can be guessed, so they are asked about first; a list of codes that are all
// found is always answered.
func (s *Server) answerList(c *gin.Context, v visitor, list sentList) ([]verify.Listed, error) {
	if slices.ContainsFunc(list.Rows, func(r intake.CheckRow) bool { return r.Code == "" }) {
		if err := s.Lookups.AccountPairs(v.account.ID); err != nil {
			return nil, err
		}
	}
	rows := make([]verify.Row, len(list.Rows))
	barred := map[int]*registry.Error{}
	for i, r := range list.Rows {
		rows[i] = verify.Row{Code: r.Code, Number: r.Number, Name: r.Name}
		var refusal *registry.Error
		if r.Code == "" && errors.As(s.Lookups.ListedPair(v.account.ID, r.Number, r.Name), &refusal) {
			rows[i], barred[i] = verify.Row{}, refusal
		}
	}
	answers := s.Verify.List(c.Request.Context(), rows)
	unknown := map[registry.Code]bool{}
	for i, a := range answers {
		if refusal, ok := barred[i]; ok {
			answers[i].Refusal = refusal
			continue
		}
		switch missed := a.Refusal == nil && edge.Missed(a.Answer); {
		case missed && rows[i].Code != "":
			unknown[a.Code] = true
		case missed:
			s.Lookups.ListedPairMissed(v.account.ID, rows[i].Number, rows[i].Name)
		}
	}
	if err := s.Lookups.AccountList(v.account.ID, len(unknown)); err != nil {
		return nil, err
	}
	return answers, nil
}

// checkedRow is what is told of a row: on the page, and in the file.
type checkedRow struct {
	as            registry.Listed
	reason, until string
}

// joined puts sentences together, none of which ends twice.
func joined(p *i18n.Printer, parts ...string) string {
	var kept []string
	for _, part := range parts {
		if part = strings.TrimRight(part, ".。 "); part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, p.T("checklist.join"))
}

// tell says a row in words.
func tell(p *i18n.Printer, row intake.CheckRow, l verify.Listed) checkedRow {
	out := checkedRow{as: l.As()}
	if l.Refusal != nil {
		message, fix := p.Error(l.Refusal)
		out.reason = joined(p, message, fix)
		return out
	}
	shown := l.Answer.Credential
	if shown != nil && shown.ValidUntil != nil {
		out.until = shown.ValidUntil.String()
	}
	var parts []string
	switch {
	case out.as == registry.ListedNameDiffers && shown != nil:
		parts = append(parts, p.T("checklist.named", shown.Name))
	case out.as == registry.ListedNameDiffers:
		parts = append(parts, p.T("checklist.named.other"))
	case out.as == registry.ListedTwice:
		parts = append(parts, p.T("checklist.twice"))
	}
	for _, r := range l.Answer.Reasons {
		if message, _ := p.Reason(r); message != "" && out.as != registry.ListedNameDiffers {
			parts = append(parts, message)
		}
	}
	if shown != nil && shown.SupersededBy != nil {
		parts = append(parts, p.T("checklist.replaced_by", string(*shown.SupersededBy)))
	}
	out.reason = joined(p, parts...)
	return out
}

// ownWord reports the families that say more than the status of a certificate.
func ownWord(as registry.Listed) bool {
	return as == registry.ListedUnreadable || as == registry.ListedNameDiffers || as == registry.ListedTwice
}

// verdictWord is the result of a row in one word.
func verdictWord(p *i18n.Printer, as registry.Listed, l verify.Listed) string {
	if ownWord(as) || as == registry.ListedAttended || l.Refusal != nil {
		return p.T("checklist.word." + string(as))
	}
	return ui.SignOf(l.Answer.Status).Word(p)
}

// fillChecked fills the page of a checked list.
func (s *Server) fillChecked(page *staff.Checklist, list sentList, answers []verify.Listed) {
	p, rows := page.P, map[registry.Listed][]staff.CheckedRow{}
	for i, a := range answers {
		row := list.Rows[i]
		told := tell(p, row, a)
		line := staff.CheckedRow{Line: row.Line, Name: row.Name, What: first(grouped(row.Code), row.Number, "–"), Reason: told.reason, Tag: a.Answer.Status}
		if ownWord(told.as) || a.Refusal != nil {
			line.Word, line.Tone = p.T("checklist.word."+string(told.as)), staff.ListGroup{As: told.as}.Tone()
		}
		if shown := a.Answer.Credential; shown != nil {
			line.Kind, line.Course = shown.Kind, p.Text(shown.Course.Title)
			if shown.ValidUntil != nil {
				line.Until = p.Date(*shown.ValidUntil)
			} else {
				line.Until = p.T("result.no_expiry")
			}
		}
		if a.Code != "" {
			line.URL = "/v/" + string(a.Code)
		}
		rows[told.as] = append(rows[told.as], line)
	}
	for _, as := range registry.AllListed {
		if len(rows[as]) > 0 {
			page.Groups = append(page.Groups, staff.ListGroup{As: as, Title: p.T("checklist.group." + string(as)), Next: p.T("checklist.next." + string(as)),
				Rows: rows[as], Open: as != registry.ListedValid || len(rows[as]) <= 50})
		}
	}
	valid := len(rows[registry.ListedValid])
	page.Summary = p.T("checklist.summary", valid, len(answers))
	if len(list.Table.Sheets) > 0 {
		page.Notes = append(page.Notes, p.T("checklist.sheets", list.Table.Sheet))
	}
}

// listResult handles POST /lists/result.xlsx: the list that the page carried,
// checked at this moment, with four columns more.
func (s *Server) listResult(c *gin.Context, v visitor) error {
	if err := mayCheck(v); err != nil {
		return err
	}
	list, err := readSent(c)
	if err != nil {
		return s.listRefused(c, v, err)
	}
	if !list.Ready() {
		return s.listRefused(c, v, registry.Fail(registry.Invalid, "checklist.columns"))
	}
	answers, err := s.answerList(c, v, list)
	if err != nil {
		return s.listRefused(c, v, err)
	}
	p := edge.Printer(c)
	heads := []string{p.T("checklist.head.verdict"), p.T("checklist.head.reason"), p.T("checklist.head.until"), p.T("checklist.head.at")}
	loc, err := s.desk(c.Request.Context(), v)
	if err != nil {
		return err
	}
	at := s.Now().In(loc).Truncate(time.Second).Format(time.RFC3339)
	body, err := list.WithColumns(p.T("checklist.sheet"), heads, func(i int) []string {
		told, course := tell(p, list.Rows[i], answers[i]), ""
		if shown := answers[i].Answer.Credential; shown != nil {
			course = p.Text(shown.Course.Title)
		}
		return []string{verdictWord(p, told.as, answers[i]), joined(p, course, told.reason), told.until, at}
	})
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(list.name, filepath.Ext(list.name)) + "-" + p.T("checklist.file.checked") + ".xlsx"
	return download(c, xlsxType, name, body)
}
