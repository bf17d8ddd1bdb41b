package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/pages"
)

func (a atlas) course(c registry.Course) registry.PublicCourse {
	out := registry.PublicCourse{Code: c.Code, Version: c.Version, Status: c.Status, Title: c.Title, Kind: c.Kind, Level: c.Level, Delivery: c.Delivery,
		Hours: registry.AcademicHours(c.Minutes), PracticalHours: registry.AcademicHours(c.Practical), AttendanceMin: c.AttendanceMin, PassMark: c.PassMark,
		InPerson: c.PracticalInPerson(), Skills: c.Skills.Items, ValidityMonths: c.ValidityMonths, Expiry: c.Expiry, MinAge: c.MinAge, Prerequisites: c.Prerequisites,
		RecertOf: c.RecertOf, Programme: registry.PublicName{Code: c.Programme, Name: a.programmes[c.Programme].Name}}
	if out.Skills == nil {
		out.Skills = []registry.SkillItem{}
	}
	return out
}

// published are the versions that certificates may name, by code and the newest
// first: a draft is nobody's business yet.
func (a atlas) published() []registry.Course {
	list := slices.DeleteFunc(slices.Clone(a.courses), func(c registry.Course) bool { return c.Status == registry.CourseDraft })
	slices.SortStableFunc(list, func(x, y registry.Course) int {
		if x.Code != y.Code {
			return strings.Compare(x.Code, y.Code)
		}
		return y.Version - x.Version
	})
	return list
}

// newest are the versions by which courses are taught now, or else were last.
func (a atlas) newest() []registry.Course {
	var list []registry.Course
	for _, c := range a.published() {
		n := len(list) - 1
		switch {
		case n < 0 || list[n].Code != c.Code:
			list = append(list, c)
		case list[n].Status != registry.CourseActive && c.Status == registry.CourseActive:
			list[n] = c
		}
	}
	return list
}

// showPublicCourses handles GET /courses.
func (s *Server) showPublicCourses(c *gin.Context) error {
	a, err := s.atlas(c.Request.Context())
	if err != nil {
		return err
	}
	courses := a.newest()
	if wantsJSON(c) {
		items := make([]registry.PublicCourse, len(courses))
		for i, course := range courses {
			items[i] = a.course(course)
		}
		return sendPublic(c, map[string]any{"items": items})
	}
	forEverybody(c)
	page := pages.Courses{P: edge.Printer(c), Here: c.Request.URL, Demo: s.Demo}
	for _, course := range courses {
		page.Rows = append(page.Rows, pages.CourseRow{Code: course.Code, Title: page.P.Text(course.Title), Kind: course.Kind, Hours: registry.AcademicHours(course.Minutes),
			Months: course.ValidityMonths, InPerson: course.PracticalInPerson(), Retired: course.Status == registry.CourseRetired})
	}
	return show(c, http.StatusOK, pages.CoursesPage(page))
}

// showPublicCourse handles GET /courses/:code, of the version that the address
// names, else of the newest.
func (s *Server) showPublicCourse(c *gin.Context) error {
	a, err := s.atlas(c.Request.Context())
	if err != nil {
		return err
	}
	code := strings.ToUpper(c.Param("code"))
	course, versions, ok := a.find(code, c.Query("version"))
	if !ok {
		return registry.Fail(registry.NotFound, "course.unknown", clipped(code))
	}
	if wantsJSON(c) {
		public := a.course(course)
		for _, v := range versions {
			public.Versions = append(public.Versions, v.Version)
		}
		return sendPublic(c, public)
	}
	forEverybody(c)
	p := edge.Printer(c)
	page := pages.Course{P: p, Here: c.Request.URL, Demo: s.Demo, Course: course, Programme: p.Text(a.programmes[course.Programme].Name)}
	for _, v := range versions {
		page.Versions = append(page.Versions, pages.CourseVersion{Version: v.Version, Active: v.Status == registry.CourseActive, Here: v.Version == course.Version})
	}
	for _, b := range a.bases {
		public, err := a.base(s, b)
		if err != nil {
			return err
		}
		if _, err := course.ProgrammeAt(b); err == nil && public.Status == string(registry.BaseAccredited) && course.Status == registry.CourseActive {
			page.Bases = append(page.Bases, pages.Place{Code: b.Code, Name: p.Text(b.Name)})
		}
	}
	return show(c, http.StatusOK, pages.CoursePage(page))
}

// find is the version of a course that was asked for, with all that certificates
// may name.
func (a atlas) find(code, version string) (course registry.Course, versions []registry.Course, ok bool) {
	for _, c := range a.published() {
		if c.Code == code {
			versions = append(versions, c)
		}
	}
	if version != "" {
		n, err := strconv.Atoi(version)
		i := slices.IndexFunc(versions, func(c registry.Course) bool { return err == nil && c.Version == n })
		if i < 0 {
			return course, nil, false
		}
		return versions[i], versions, true
	}
	for _, c := range a.newest() {
		if c.Code == code {
			return c, versions, true
		}
	}
	return course, nil, false
}

// coursesAt are the active courses that a base may teach.
func (a atlas) coursesAt(b registry.Base) []registry.Course {
	return slices.DeleteFunc(a.newest(), func(c registry.Course) bool {
		_, err := c.ProgrammeAt(b)
		return err != nil || c.Status != registry.CourseActive
	})
}
