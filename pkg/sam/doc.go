// Package sam trains.
package sam
