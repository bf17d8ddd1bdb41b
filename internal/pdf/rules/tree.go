package rules

import "fmt"

// element is one of the structure tree's (ISO 32000-1, 14.7.2).
type element struct {
	number  int // of the object, 0 if direct
	tag     name
	role    name // the standard type that the tag stands for
	dict    dict
	parent  *element
	kids    []*element
	content []content
	lang    string // in force here
}

// content is a piece of a page that an element owns, or an object.
type content struct {
	page   int // number of the page's object
	mcid   int // -1: an object reference
	object int
	order  int // among all pieces, in reading order
}

// tree is the structure of a document.
type tree struct {
	root     dict
	top      []*element
	all      []*element // in reading order
	elements map[int]*element
	parents  map[int]any // the parent tree: key to its value
	wrong    []string
	pieces   int
}

// structure reads the tree; nil where there is none.
func (f *file) structure() *tree {
	catalog := f.dict(f.trailer["Root"])
	root := f.dict(catalog["StructTreeRoot"])
	if len(root) == 0 {
		return nil
	}
	t := &tree{root: root, elements: map[int]*element{}, parents: map[int]any{}}
	f.kids(t, nil, root["K"], 0, 0)
	f.numberTree(t, root["ParentTree"], 0)
	lang := f.text(catalog["Lang"])
	for _, e := range t.all {
		e.lang = lang
		if e.parent != nil {
			e.lang = e.parent.lang
		}
		if own := f.text(e.dict["Lang"]); own != "" {
			e.lang = own
		}
	}
	return t
}

// kids reads the K of an element or of the root.
func (f *file) kids(t *tree, e *element, k any, pg, depth int) {
	if depth > maxDepth {
		t.wrong = append(t.wrong, "the structure tree is nested too deep")
		return
	}
	switch v := f.resolve(k).(type) {
	case []any:
		for _, one := range v {
			f.kids(t, e, one, pg, depth+1)
		}
	case int64:
		if e != nil {
			t.add(e, content{page: pg, mcid: int(v)})
		}
	case dict:
		f.kid(t, e, k, v, pg, depth)
	}
}

func (t *tree) add(e *element, c content) {
	c.order = t.pieces
	t.pieces++
	e.content = append(e.content, c)
}

func (f *file) kid(t *tree, e *element, k any, d dict, pg, depth int) {
	if own, ok := d["Pg"].(ref); ok {
		pg = int(own)
	}
	switch f.name(d["Type"]) {
	case "MCR":
		if e != nil {
			t.add(e, content{page: pg, mcid: f.int(d["MCID"])})
		}
		return
	case "OBJR":
		if at, ok := d["Obj"].(ref); ok && e != nil {
			t.add(e, content{page: pg, mcid: -1, object: int(at)})
		}
		return
	}
	next := &element{tag: f.name(d["S"]), dict: d, parent: e}
	next.role = f.role(t.root, next.tag)
	if at, ok := k.(ref); ok {
		next.number = int(at)
		if t.elements[next.number] != nil {
			t.wrong = append(t.wrong, fmt.Sprintf("element %d stands in the tree twice", at))
			return
		}
		t.elements[next.number] = next
	}
	if e == nil {
		t.top = append(t.top, next)
	} else {
		e.kids = append(e.kids, next)
	}
	t.all = append(t.all, next)
	f.kids(t, next, d["K"], pg, depth+1)
}

// role follows the role map.
func (f *file) role(root dict, tag name) name {
	roles := f.dict(root["RoleMap"])
	for range maxDepth {
		next := f.name(roles[tag])
		if standardTypes[tag] || next == "" {
			return tag
		}
		tag = next
	}
	return tag
}

// numberTree reads the parent tree (ISO 32000-1, 7.9.7).
func (f *file) numberTree(t *tree, v any, depth int) {
	d := f.dict(v)
	nums := f.array(d["Nums"])
	for i := 0; i+1 < len(nums); i += 2 {
		t.parents[f.int(nums[i])] = nums[i+1]
	}
	if depth < maxDepth {
		for _, kid := range f.array(d["Kids"]) {
			f.numberTree(t, kid, depth+1)
		}
	}
}

// says describes an element for a finding.
func (e *element) says() string { return fmt.Sprintf("element %s (object %d)", e.tag, e.number) }
