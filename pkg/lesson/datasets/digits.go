package datasets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
)

//go:embed data/digits.csv.gz
var digitsFile []byte

const (
	digitsSum   = "e31b7ccbf8cc2b158de948b1bb7a67bf39a856fb064b3aa8ef489f12a2dc4b63"
	digitsSide  = 8
	digitsLevel = 16 // the darkest pixel

	// digitsTest examples of 1,797 are the test set, drawn with digitsSeed: the split of
	// evidence/plan.md.
	digitsTest = 360
	digitsSeed = 0
)

// Digits returns the 1,797 hand-written digits as the lesson divides them, always the same way:
// 1,437 to train on and 360 to test with, the ten classes in the same shares. Pixels are in [0, 1],
// 0 white and 1 black, shape [64]; see [Data.AsImages]. Source: Alpaydin and Kaynak 1998, CC BY
// 4.0, see data/README.md.
func Digits() (Split, error) {
	all, err := AllDigits()
	if err != nil {
		return Split{}, err
	}
	return all.Split(digitsTest, digitsSeed)
}

// AllDigits returns the 1,797 digits undivided, in the order of the file.
func AllDigits() (*Data, error) { return parseDigits(digitsFile) }

func parseDigits(file []byte) (*Data, error) {
	sum := sha256.Sum256(file)
	if got := hex.EncodeToString(sum[:]); got != digitsSum {
		return nil, fmt.Errorf("datasets: the embedded digits have SHA-256 %s, want %s: restore "+
			"pkg/lesson/datasets/data/digits.csv.gz",
			got, digitsSum)
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("datasets: digits: %w", err)
	}
	rows := csv.NewReader(unzipped)
	rows.FieldsPerRecord = digitsSide*digitsSide + 1
	d := &Data{
		Name: "digits", Classes: 10,
		Shape: []int{digitsSide * digitsSide}, Image: [3]int{digitsSide, digitsSide, 1},
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return d, d.Check()
		}
		if err != nil {
			return nil, fmt.Errorf("datasets: digits: %w", err)
		}
		if err := d.appendDigit(row); err != nil {
			return nil, err
		}
	}
}

// appendDigit adds one row of the file: 64 grey levels and the label.
func (d *Data) appendDigit(row []string) error {
	for column, field := range row {
		value, err := strconv.Atoi(field)
		if err != nil {
			return fmt.Errorf("datasets: digits, row %d, column %d: %w", d.Len()+1, column+1, err)
		}
		if column == len(row)-1 {
			d.Labels = append(d.Labels, int32(value))
			break
		}
		d.X = append(d.X, float32(value)/digitsLevel)
	}
	return nil
}
