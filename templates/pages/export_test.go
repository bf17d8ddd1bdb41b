package pages

// Kept counts the forms that are used, and those whose first page was not the
// page that ResultPage writes.
func (f *Forms) Kept() (used, refused int) {
	for _, made := range f.made {
		if made.pieces == nil {
			refused++
		} else {
			used++
		}
	}
	return used, refused
}

// Shaped tells whether a form may make the page.
func Shaped(r Result) bool { _, ok := shapeOf(r); return ok }
