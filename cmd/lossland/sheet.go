package main

import (
	"fmt"
	"os"

	"lossland/pkg/lesson"
)

// sheetCommand writes the interview's printable sheet.
type sheetCommand struct {
	Out string `help:"The HTML file to write." short:"o" default:"interview-sheet.html" type:"path"`
}

// Run writes one A4 page: the answer, and each question's thirty seconds.
func (c *sheetCommand) Run() error {
	claims, err := lesson.Claims()
	if err != nil {
		return err
	}
	page, err := lesson.SheetHTML(claims)
	if err != nil {
		return err
	}
	fmt.Println("Printable sheet:", c.Out)
	return os.WriteFile(c.Out, []byte(page), 0o644)
}
