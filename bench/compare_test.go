package main

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/bench/turns"
)

func TestMedian(t *testing.T) {
	require.Equal(t, 2.0, median([]float64{3, 1, 2}))
	require.Equal(t, 2.5, median([]float64{4, 1, 3, 2}))
	require.True(t, math.IsNaN(median(nil)))
	x := []float64{3, 1}
	median(x)
	require.Equal(t, []float64{3, 1}, x, "the argument is left alone")
}

func TestCompare(t *testing.T) {
	ratio, spread := compare([]float64{4, 9, 2}, []float64{2, 3, 4})
	require.Equal(t, 2.0, ratio)
	require.Equal(t, [2]float64{0.5, 3}, spread)
	ratio, _ = compare(nil, []float64{1})
	require.True(t, math.IsNaN(ratio))
}

// TestNewEntry: each framework shows its best form, every form is listed, and the best peer is the
// best of all.
func TestNewEntry(t *testing.T) {
	ours := &form{name: "lossland", compile: 3, values: []float64{1, 1}}
	peers := []*form{
		{name: "jax jit", values: []float64{4, 4}},
		{name: "jax map", compile: 5, values: []float64{3, 3}},
		{name: "pytorch loop", values: []float64{2, 6}},
		{name: "pytorch vmap 4", values: []float64{5, 7}},
	}
	e := newEntry("case", "ms", ours, peers)
	require.Equal(t, "jax map", e.PeerName)
	require.Equal(t, 3.0, e.Peer)
	require.Equal(t, 3.0, e.Ratio)
	require.Equal(t, 3.0, e.OursCompile)
	require.Equal(t, map[string]peer{
		"jax":     {"jax map", 3, 3, [2]float64{3, 3}, 5},
		"pytorch": {"pytorch loop", 4, 4, [2]float64{2, 6}, 0},
	}, e.Frameworks)
	require.Equal(t, map[string]float64{"jax jit": 4, "jax map": 3, "pytorch loop": 4,
		"pytorch vmap 4": 6}, e.Forms)
}

// TestContract: what the results' readers find.
func TestContract(t *testing.T) {
	text, err := json.Marshal(newEntry("case", "ms", &form{name: "lossland", values: []float64{1}},
		[]*form{{name: "jax", values: []float64{2}}}))
	require.NoError(t, err)
	require.Contains(t, string(text),
		`"case":"case","ours":1,"peer":2,"peer_name":"jax","ratio":2,"spread":[2,2],"unit":"ms"`)
}

// lines are of a round in which PyTorch's slow gradient makes its quotient the smallest.
var lines = []turns.Line{
	{Case: "b", Who: "lossland", Metric: "ms per HVP", Value: 6, Compile: 1},
	{Case: "b", Who: "lossland", Metric: "gradients per HVP", Value: 2},
	{Case: "b", Who: "jax a", Metric: "ms per HVP", Value: 9},
	{Case: "b", Who: "jax a", Metric: "gradients per HVP", Value: 3},
	{Case: "b", Who: "jax b", Metric: "ms per HVP", Value: 12},
	{Case: "b", Who: "jax b", Metric: "gradients per HVP", Value: 1.5},
	{Case: "b", Who: "pytorch a", Metric: "ms per HVP", Value: 20},
	{Case: "b", Who: "pytorch a", Metric: "gradients per HVP", Value: 1},
	{Case: "a", Who: "lossland", Metric: "ms per step, every 5", Value: 7},
	{Case: "c", Who: "jax a", Metric: "ms per HVP", Value: 9},
}

func TestCompareAll(t *testing.T) {
	rows := make(map[row][]*form)
	for range 3 {
		collect(rows, lines)
	}
	entries := compareAll(rows)
	require.Len(t, entries, 3, "what only a peer has isn't ours")

	alone := entries[0]
	require.Equal(t, "ms per step, every 5", alone.Unit, "a metric without a peer stays")
	require.Empty(t, alone.PeerName)
	require.Zero(t, alone.Ratio)

	quotient := entries[1]
	require.Equal(t, "gradients per HVP", quotient.Unit)
	require.Equal(t, "jax a", quotient.PeerName, "the fastest product's, not the smallest quotient")
	require.Equal(t, 3.0, quotient.Peer)
	require.Zero(t, quotient.Ratio)
	require.Equal(t, "jax a", quotient.Frameworks["jax"].Form)
	require.Equal(t, 1.0, quotient.Frameworks["pytorch"].Value)
	require.Len(t, quotient.Forms, 3)

	time := entries[2]
	require.Equal(t, 1.5, time.Ratio)
	require.Equal(t, 1.0, time.OursCompile)
	require.InDelta(t, 20./6, time.Frameworks["pytorch"].Ratio, 1e-12)
	require.Len(t, rows[row{"b", "ms per HVP"}][0].values, 3)
}
