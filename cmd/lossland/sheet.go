package main

import (
	"fmt"

	"lossland/internal/atomicfile"
	"lossland/pkg/command"
	"lossland/pkg/lesson/interview"
)

// sheetCommand writes the interview's printable sheet.
type sheetCommand struct {
	Out   string `help:"The file to write." short:"o" default:"interview-sheet.html" type:"path"`
	Force bool   `help:"Replace a file that is there." short:"f"`
}

// Validate implements kong's: what is wrong is said before any work.
func (c *sheetCommand) Validate() error { return command.CheckOutput(c.Out, ".html") }

// Replace says whether they may be there already.
func (c *sheetCommand) Replace() bool { return c.Force }

// Outputs are the files that no other process may write meanwhile.
func (c *sheetCommand) Outputs() []string { return []string{c.Out} }

// Run writes one A4 page: the answer, and each question's thirty seconds.
func (c *sheetCommand) Run(place command.Place) error {
	claims, err := interview.Claims()
	if err != nil {
		return err
	}
	page, err := interview.SheetHTML(claims)
	if err != nil {
		return err
	}
	err = place(c.Out, func(path string) error { return atomicfile.Write(path, []byte(page)) })
	if err != nil {
		return err
	}
	fmt.Println("Printable sheet:", c.Out)
	return nil
}
