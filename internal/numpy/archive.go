package numpy

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
)

// Archive reads the arrays of an .npz file. It believes no size that the file claims: an entry is
// read to its end, and only then is its header compared with what was read. All entries that are
// read take no more of the file than there is of it, so that overlapping ones can't multiply it;
// Deflate expands at most about a thousandfold.
type Archive struct {
	zip  *zip.Reader
	left int64 // the bytes of the file that no entry has taken yet.
}

// NewArchive reads the directory of an archive of that many bytes.
func NewArchive(r io.ReaderAt, size int64) (*Archive, error) {
	entries, err := zip.NewReader(r, size)
	if err != nil {
		return nil, err
	}
	return &Archive{zip: entries, left: size}, nil
}

// find returns the entry of an array, nil if there is none.
func (a *Archive) find(name string) *zip.File {
	for _, f := range a.zip.File {
		if f.Name == name+".npy" || f.Name == name {
			return f
		}
	}
	return nil
}

// Has says whether there is an array of that name.
func (a *Archive) Has(name string) bool { return a.find(name) != nil }

// Content is an array as its file has it, for Decode.
func (a *Archive) Content(name string) ([]byte, error) {
	f := a.find(name)
	if f == nil {
		return nil, errors.New("it isn't in the file")
	}
	if f.CompressedSize64 > uint64(a.left) {
		return nil, fmt.Errorf("it claims %d bytes of the file, which has %d for it",
			f.CompressedSize64, a.left)
	}
	a.left -= int64(f.CompressedSize64)
	if f.UncompressedSize64 > 1<<28 && f.UncompressedSize64/100 > f.CompressedSize64 {
		return nil, fmt.Errorf("it would unpack %d bytes to %d", f.CompressedSize64,
			f.UncompressedSize64)
	}
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(io.LimitReader(in, int64(f.UncompressedSize64)))
}

// Floats are the elements of an array of floats.
func (a *Archive) Floats(name string) ([]float64, error) {
	content, err := a.Content(name)
	if err != nil {
		return nil, err
	}
	return Floats(content)
}

// Bytes are the elements of an array of bytes.
func (a *Archive) Bytes(name string) ([]byte, error) {
	content, err := a.Content(name)
	if err != nil {
		return nil, err
	}
	data, kind, _, err := Decode(content)
	if err == nil && kind != Bytes {
		err = fmt.Errorf("its type is %q; want bytes", kind)
	}
	return data, err
}
