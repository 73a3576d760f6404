//go:build !unix

package command

// noFollow is nothing where links can't be told when a file is opened.
const noFollow = 0
