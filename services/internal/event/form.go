package event

import "strings"

// form is what a text must look like.
type form struct {
	ok func(string) bool
	// want completes the sentence "the value is not ...".
	want string
}

var (
	shopID   = &form{only(isLower, isDigit, is('-')), "made of a-z, 0-9 and -"}
	id       = &form{only(isLower, isUpper, isDigit, is('-'), is('_')), "made of letters, digits, - and _"}
	currency = &form{func(s string) bool { return len(s) == 3 && only(isUpper)(s) }, "a code such as EUR"}
	decimal  = &form{isDecimal, "a decimal such as 14.280000"}
	// text is for people. Control characters other than tab and line ends are refused: a terminal would obey them.
	text = &form{func(s string) bool { return !strings.ContainsFunc(s, isControl) }, "free of control characters"}
)

type class func(c rune) bool

func is(a rune) class     { return func(c rune) bool { return c == a } }
func isLower(c rune) bool { return 'a' <= c && c <= 'z' }
func isUpper(c rune) bool { return 'A' <= c && c <= 'Z' }
func isDigit(c rune) bool { return '0' <= c && c <= '9' }
func isControl(c rune) bool {
	return c < ' ' && c != '\t' && c != '\n' && c != '\r' || 0x7f <= c && c <= 0x9f
}

// only accepts texts whose characters all belong to one of the classes.
func only(classes ...class) func(string) bool {
	return func(s string) bool {
		for _, c := range s {
			known := false
			for _, in := range classes {
				known = known || in(c)
			}
			if !known {
				return false
			}
		}
		return true
	}
}

// isDecimal accepts an optional minus, up to 20 digits, and up to nine more behind a point: more than a decimal(20,6) column holds.
func isDecimal(s string) bool {
	whole, fraction, point := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	digits := only(isDigit)
	return whole != "" && len(whole) <= 20 && digits(whole) && (!point || fraction != "" && len(fraction) <= 9 && digits(fraction))
}
