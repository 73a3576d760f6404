package landscape_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/janpfeifer/must"

	"lossland/pkg/landscape"
)

// A surface is saved for NumPy and read back, bit for bit.
func ExampleSurface_Save() {
	s := must.M1(bowl().Surface(context.Background(),
		landscape.SurfaceConfig{Plane: across, Resolution: 5}))
	dir := must.M1(os.MkdirTemp("", "landscape"))
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "bowl.npz")
	must.M(s.Save(path, landscape.FileConfig{Directions: true}))

	read := must.M1(landscape.LoadSurface(path))
	fmt.Println(read.Record.What, read.Done, "points,", read.Loss.Z(0, 0) == s.Loss.Z(0, 0))
	// Output: Surface 25 points, true
}

// A surface that was read belongs to a problem if its record says so: here the weights have moved.
func ExampleLoadSurface() {
	ctx := context.Background()
	problem := bowl()
	s := must.M1(problem.Surface(ctx, landscape.SurfaceConfig{Plane: across, Resolution: 5}))
	dir := must.M1(os.MkdirTemp("", "landscape"))
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "bowl.npz")
	must.M(s.Save(path, landscape.FileConfig{}))

	read := must.M1(landscape.LoadSurface(path))
	fmt.Println(read.Record.Check(ctx, problem))
	must.M(problem.SetWeights([]float64{1, 0}))
	mismatch := read.Record.Check(ctx, problem).(*landscape.Mismatch)
	fmt.Println("other", mismatch.What)
	// Output:
	// <nil>
	// other weights
}
