package onnx

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/gomlx/gomlx/ml/model"

	"lossland/internal/atomicfile"
)

// maxMessage is the largest message of protobuf; a larger model has its data in another file.
const maxMessage = 1<<31 - 1<<20

// saveONNX writes the file as it was read, with other values in its weights.
func (m *Model) saveONNX(path string) error {
	current, err := m.current()
	if err != nil {
		return fmt.Errorf("onnx: %w", err)
	}
	from, err := openFolder(m.path, m.cfg.MaxBytes)
	if err != nil {
		return fmt.Errorf("onnx: the file that was read is gone: %w", err)
	}
	defer from.close()
	from.held = m.data
	path = atomicfile.Target(path) // data lies beside the file, not beside a link to it.
	s := &saver{m: m, from: from, values: current, beside: besideOf(path),
		read: make(map[string]bool)}
	b, err := s.model()
	if err != nil {
		return fmt.Errorf("onnx: %s: %w", m.path, err)
	}
	if len(b) > maxMessage {
		return fmt.Errorf("onnx: %s would have %d bytes, more than a model's file can: export it "+
			"with external data", path, len(b))
	}
	if len(s.data) == 0 {
		return s.replace(path, b)
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("onnx: %s is no ordinary file: this model has external data, which "+
			"lies beside its file", path)
	}
	return s.saveBoth(path, b)
}

// saveBoth writes the data and then the model. A mark beside them says that the data is nobody's
// until the model is there.
func (s *saver) saveBoth(path string, b []byte) error {
	folder := filepath.Dir(path)
	sweep(folder)
	data, mark := filepath.Join(folder, s.beside), filepath.Join(folder, markOf(s.beside))
	if err := os.WriteFile(mark, nil, 0o666); err != nil {
		return fmt.Errorf("onnx: %w", err)
	}
	defer os.Remove(mark)
	if err := atomicfile.WriteTo(data, s.writeData); err != nil {
		return err
	}
	// Until here the old file and its data are as they were.
	if err := s.replace(path, b); err != nil {
		os.Remove(data)
		return err
	}
	return nil
}

// writeData writes the external data.
func (s *saver) writeData(w io.Writer) error {
	for _, d := range s.data {
		if _, err := w.Write(d); err != nil {
			return err
		}
	}
	return nil
}

// replace puts the model into its file, and removes the data that Save had made for the file that
// was there. It stays where a file of the folder names it, such as a copy under another name, and
// where that can't be told. One process does this in a folder at a time: two at once would each
// leave data.
func (s *saver) replace(path string, b []byte) error {
	defer alone(filepath.Dir(path))()
	var before []string
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		before = madeFor(path)
	}
	if err := atomicfile.Write(path, b); err != nil {
		return err
	}
	for _, name := range before {
		kept := s.read[name] && s.from.held[name] == nil &&
			filepath.Dir(real(path)) == filepath.Dir(real(s.m.path))
		if !kept && !isNamed(filepath.Dir(path), name) {
			os.Remove(filepath.Join(filepath.Dir(path), name))
		}
	}
	return nil
}

// current are the store's values of the weights, by the names of the file, in the file's dtypes.
func (m *Model) current() (map[string][]byte, error) {
	values := make(map[string][]byte)
	for _, i := range m.weights {
		scope, name := model.SplitPath(i.Path)
		v := m.store.Scope(scope).GetVariable(name)
		if v == nil {
			return nil, fmt.Errorf("the store has no variable %q", i.Path)
		}
		t, err := v.Value()
		if err != nil {
			return nil, err
		}
		if t.DType() != i.DType || !slices.Equal(t.Shape().Dimensions, i.Shape) {
			return nil, fmt.Errorf("the store's %q is %s, and the file has %s", i.Path,
				t.Shape(), i)
		}
		data := make([]byte, len(i.value.data))
		if err := t.ConstBytes(func(b []byte) { copy(data, b) }); err != nil {
			return nil, err
		}
		turned := func() []byte {
			return transposed(data, i.Shape[0], i.Shape[1], i.DType.Size())
		}
		values[i.Name] = m.asInFile(i.Name, data)
		for _, twin := range i.Tied {
			values[twin] = m.asInFile(twin, turned())
		}
	}
	return values, nil
}

// asInFile narrows what was widened.
func (m *Model) asInFile(name string, data []byte) []byte {
	if e := m.wide[name]; e == float16Type || e == bfloat16Type {
		return narrowed(data, e)
	}
	return data
}

// saver copies a model, field by field.
type saver struct {
	m      *Model
	from   *folder
	values map[string][]byte
	beside string          // the name of the file for external data.
	read   map[string]bool // the names of files from which this model's data comes.
	data   [][]byte
	offset int64
}

func (s *saver) model() ([]byte, error) {
	var w writer
	err := eachField(s.m.file, func(f field) error {
		if f.number != 7 {
			w = append(w, f.raw...)
			return nil
		}
		g, err := s.graph(f.bytes)
		w.bytes(7, g)
		return err
	})
	return w, err
}

// graph copies the graph. What the exporter had by Identity becomes an initializer.
func (s *saver) graph(b []byte) ([]byte, error) {
	var w writer
	apart := make(map[string]string)
	err := eachField(b, func(f field) error {
		switch f.number {
		case 1:
			n, err := (&reader{}).node(f.bytes)
			if err != nil {
				return err
			}
			if n.op == "Identity" && s.m.separated[n.outputs[0]] {
				apart[n.outputs[0]] = n.inputs[0]
				return nil
			}
		case 5:
			t, err := s.initializer(f.bytes)
			w.bytes(5, t)
			return err
		}
		w = append(w, f.raw...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, name := range sortedKeys(apart) {
		if err := s.separate(&w, b, name, apart); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// separate adds the initializer that an Identity made: a copy of the one that it reads, with a
// value of its own.
func (s *saver) separate(w *writer, graph []byte, name string, apart map[string]string) error {
	origin := apart[name]
	for apart[origin] != "" {
		origin = apart[origin]
	}
	return eachField(graph, func(f field) error {
		if f.number != 5 {
			return nil
		}
		t, err := (&reader{}).tensor(f.bytes)
		if err != nil || t.name != origin {
			return err
		}
		if err := t.load(s.from); err != nil {
			return err
		}
		t.name = name
		if v, ok := s.values[name]; ok {
			t.data = v
		}
		w.bytes(5, t.encode())
		return nil
	})
}

// initializer copies an initializer, with the value of now if it is a weight. What was external
// stays so.
func (s *saver) initializer(b []byte) ([]byte, error) {
	t, err := (&reader{}).tensor(b)
	if err != nil {
		return nil, err
	}
	value, isWeight := s.values[t.name]
	if !isWeight && !t.outside {
		return b, nil
	}
	outside := t.outside
	if outside {
		s.read[t.external["location"]] = true
	}
	if err := t.load(s.from); err != nil {
		return nil, err
	}
	if isWeight {
		t.data = value
	}
	return s.copy(b, t, outside)
}

// copy is the tensor's message b with the data of t.
func (s *saver) copy(b []byte, t *tensorProto, outside bool) ([]byte, error) {
	var w writer
	err := eachField(b, func(f field) error {
		switch f.number {
		case 4, 5, 7, 9, 10, 11, 13, 14: // data, wherever it was.
		default:
			w = append(w, f.raw...)
		}
		return nil
	})
	if !outside {
		w.bytes(9, t.data)
		return w, err
	}
	const page = 4096 // ONNX asks for offsets that can be mapped into memory.
	if over := s.offset % page; over > 0 && len(t.data) >= page {
		s.put(make([]byte, page-over))
	}
	for _, e := range [][2]string{{"location", s.beside},
		{"offset", strconv.FormatInt(s.offset, 10)}, {"length", strconv.Itoa(len(t.data))}} {
		var entry writer
		entry.text(1, e[0])
		entry.text(2, e[1])
		w.bytes(13, entry)
	}
	w.varint(14, 1)
	s.put(t.data)
	return w, err
}

func (s *saver) put(data []byte) {
	s.data = append(s.data, data)
	s.offset += int64(len(data))
}

func sortedKeys(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
