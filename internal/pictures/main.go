package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"lossland/pkg/viz"
)

// pictures are the figures by the names of their files, without the ending.
func pictures() map[string]viz.Figure {
	return map[string]viz.Figure{
		"features":     featuresLandscape(),
		"features-map": featuresMap(),
		"saddle":       saddle(),
		"sam":          samPaths(),
	}
}

func main() {
	folder := flag.String("o", "docs", "the folder to write to")
	flag.Parse()
	for name, figure := range pictures() {
		path := filepath.Join(*folder, name+".svg")
		if err := viz.Save(path, figure); err != nil {
			fmt.Fprintln(os.Stderr, "pictures:", err)
			os.Exit(1)
		}
		fmt.Println(path)
	}
}

// grid is a function on n×n points.
func grid(n int, left, right, bottom, top float64, f func(x, y float64) float64) viz.Grid {
	xs, ys, z := make([]float64, n), make([]float64, n), make([][]float64, n)
	for i := range n {
		share := float64(i) / float64(n-1)
		xs[i], ys[i] = left+(right-left)*share, bottom+(top-bottom)*share
	}
	for i, x := range xs {
		z[i] = make([]float64, n)
		for j, y := range ys {
			z[i][j] = f(x, y)
		}
	}
	made, err := viz.NewGrid(xs, ys, z)
	if err != nil {
		panic(err) // the picture's own numbers are at fault
	}
	return made
}
