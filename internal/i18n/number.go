package i18n

import (
	"reflect"
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/number"
)

// Number writes a whole number with the language's grouping: "12,345", "12 345".
func (p *Printer) Number(n int) string { return p.whole(int64(n)) }

// whole writes a whole number. Below a thousand there is nothing to group, and
// our languages write their digits alike.
func (p *Printer) whole(n int64) string {
	if n >= 0 && n < 1000 {
		return strconv.Itoa(int(n))
	}
	return p.numbers.Sprint(number.Decimal(n))
}

// Hours writes academic hours of 45 minutes with at most one decimal: "4 hours".
func (p *Printer) Hours(h float64) string { return p.T("time.hours", h) }

// short writes a number below a thousand that has one decimal at most.
func (p *Printer) short(n float64) (string, bool) {
	if !(n >= 0 && n < 999) {
		return "", false
	}
	tenths := int(n*10 + 0.5)
	if n != float64(tenths)/10 {
		return "", false
	}
	s := strconv.Itoa(tenths / 10)
	if tenths%10 == 0 {
		return s, true
	}
	if p.lang == Russian {
		return s + "," + strconv.Itoa(tenths%10), true
	}
	return s + "." + strconv.Itoa(tenths%10), true
}

// numeral writes any number in the language, with at most one decimal.
func (p *Printer) numeral(a any) (string, bool) {
	switch n := a.(type) {
	case int:
		return p.whole(int64(n)), true
	case float64:
		if s, ok := p.short(n); ok {
			return s, true
		}
	}
	switch v := reflect.ValueOf(a); v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return p.whole(v.Int()), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return p.numbers.Sprint(number.Decimal(v.Uint())), true
	case reflect.Float32, reflect.Float64:
		return p.numbers.Sprint(number.Decimal(v.Float(), number.MaxFractionDigits(1))), true
	}
	return "", false
}

// categories names the plural categories as catalogues do.
var categories = map[plural.Form]string{plural.Zero: "zero", plural.One: "one", plural.Two: "two",
	plural.Few: "few", plural.Many: "many", plural.Other: "other"}

// form chooses the plural form of t by the first number among args.
func (p *Printer) form(t text, args []any) string {
	if len(t) == 1 {
		return t["other"]
	}
	for _, a := range args {
		if i, v, f, ok := operands(a); ok {
			// w and t count without trailing zeros; one decimal has none.
			form := plural.Cardinal.MatchPlural(p.lang.tag(), i, v, v, f, f)
			if s, ok := t[categories[form]]; ok {
				return s
			}
			break
		}
	}
	return t["other"]
}

// operands returns the CLDR plural operands of a number as numeral prints it:
// its whole part, how many decimals are seen, and these as a number.
func operands(a any) (i, v, f int, ok bool) {
	switch n := reflect.ValueOf(a); n.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return int(max(n.Int(), -n.Int())), 0, 0, true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return int(n.Uint()), 0, 0, true
	case reflect.Float32, reflect.Float64:
		s := strconv.FormatFloat(max(n.Float(), -n.Float()), 'f', 1, 64)
		whole, decimals, _ := strings.Cut(strings.TrimSuffix(s, ".0"), ".")
		i, _ = strconv.Atoi(whole)
		f, _ = strconv.Atoi(decimals)
		return i, len(decimals), f, true
	}
	return 0, 0, 0, false
}
