// Package dataset reads data from files: arrays by name, matched to the inputs of a model and the
// labels of its loss, and handed over in batches as a train.Dataset.
//
//	source, err := dataset.Open("test.npz", dataset.Config{})
//	set, err := source.For([]dataset.Want{{Name: "image", DType: dtypes.Float32,
//		Dims: []int{-1, 28, 28}}}, &dataset.Want{DType: dtypes.Int64})
//
// # Formats
//
// The name's ending says which:
//
//	.npz                    NumPy's archive of arrays by name, as np.savez(path, x=x, y=y) writes
//	.npy                    one array, called x, for losses without labels
//	.csv                    a line for each example; a first line may name the columns; one of
//	                        them is the labels', the others together are x
//	…-images-idx3-ubyte     MNIST's IDX, with or without .gz; the labels beside it are found; x
//	                        and y
//	a folder                of one pair of IDX files; or of .npz files, each a part of the data,
//	                        one after the other by name, of which one at a time is in memory
//
// The first axis of every array counts the examples. Numbers are booleans, integers of 8 to 64 bits
// or floats of 16 to 64 bits, little-endian, in either order of axes.
//
// # Which array is which
//
// An input takes the array of its name, whatever the case, or the one called x0, x1, … by its
// place; a lone input also takes the first of x, input, inputs, image, images, data and features.
// Labels take the first of y, label, labels, target, targets, class and classes, in a table the
// column of that name, or else the last. If one input and one array are left, they belong together,
// and so do labels and the array that is left. Arrays without names (np.savez(path, x, y)) are
// taken in order, inputs first. Anything else is asked for with Config.Arrays and Config.Labels.
// Further arrays are left out.
//
// # Shapes and dtypes
//
// An array has the shape and the dtype that the model takes; free sizes (−1) take any. Changes are
// made only where nothing can be meant by them but one thing:
//
//   - floats become floats of another width, rounded to nearest; a number beyond the width is an
//     error, as is everywhere a number that doesn't fit;
//   - integers become integers of another width; booleans become 0 and 1;
//   - labels may be integers where the loss takes floats;
//   - a table's numbers become integers if they are whole, and the shape of the model's input, in
//     row-major order, if they fill it;
//   - IDX pixels become floats from 0 to 1 (divided by 255), in the shape of the model's input.
//
// Everything else is refused by both names, with the line of NumPy that mends it: whether bytes
// were scaled, or axes swapped, only the program that trained the model knows.
//
// # Damaged files
//
// No header is believed: what it claims is compared with the file's size before anything is read.
// Memory: the arrays of one file, at most Config.MaxBytes, and a batch; a file that is refused by
// its header takes twice its own bytes and 4 MiB at most, and less than a second.
//
// # Files
//
//	source.go    Open, Source, Field: what there is
//	match.go     Want: which array is which, and whether its shape fits
//	convert.go   dtypes: what can become what
//	set.go       Set: batches
//	npz.go       NumPy's archives and arrays
//	csv.go       tables
//	idx.go       IDX images and labels
package dataset
