package png

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
)

// element is an element of a document, or a run of text, whose name is empty.
type element struct {
	name     string
	attrs    map[string]string
	text     string
	children []*element
}

// number is an attribute in pixels; 0 where it is missing or no number.
func (e *element) number(name string) float64 {
	v, _ := strconv.ParseFloat(strings.TrimSuffix(e.attrs[name], "px"), 64)
	return v
}

// content is the text of an element.
func (e *element) content() string {
	var b strings.Builder
	b.WriteString(e.text)
	for _, c := range e.children {
		b.WriteString(c.content())
	}
	return b.String()
}

// parse reads a document whose root is <svg>.
func parse(svg []byte) (*element, error) {
	decoder := xml.NewDecoder(bytes.NewReader(svg))
	top := &element{}
	open := []*element{top}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		last := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			e := &element{name: t.Name.Local, attrs: map[string]string{}}
			for _, a := range t.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			last.children = append(last.children, e)
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 1 {
				last.children = append(last.children, &element{text: string(t)})
			}
		}
	}
	for _, e := range top.children {
		if e.name == "svg" {
			return e, nil
		}
	}
	return nil, errors.New("it has no <svg>")
}
