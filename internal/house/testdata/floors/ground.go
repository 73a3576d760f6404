package floors

// Stone has a weight.
type Stone struct{ weight int }

// Weight is in kilograms.
func (s Stone) Weight() int { return s.weight }

var pebble = Stone{weight: 1}
