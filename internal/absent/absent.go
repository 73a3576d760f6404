package absent

import "reflect"

// Is says whether an interface holds nothing that can be used: nil itself, or a nil pointer or
// function of some type, which v == nil doesn't see. A nil slice or map is an empty one, and is
// something.
func Is(v any) bool {
	if v == nil {
		return true
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Pointer, reflect.Func:
		return r.IsNil()
	}
	return false
}
