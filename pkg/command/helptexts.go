package command

import "github.com/alecthomas/kong"

// helpTexts are the help of commands and flags whose lines would be too long beside them.
var helpTexts = kong.Vars{
	"measures": "Of " + measureNames() + ". Default: those that are compared most often.",
	"json_out": "A .json file for what --json prints.",
	"check_budget": "About how long it may take, such as 5m. Default: a minute for measuring, " +
		"and what compiling takes.",
	"check_range": "Half the width of the picture that is asked about. Default: the suggested " +
		"one.",
	"commands_check":     "Say whether a picture of the landscape can be trusted, check by check.",
	"commands_surface":   "Measure and draw the loss on a plane through the weights.",
	"commands_line":      "Measure and draw the loss along a line through the weights.",
	"commands_sharpness": "Measure how sharp the weights' minimum is, by several definitions.",
	"commands_spectrum":  "Measure the Hessian's largest eigenvalues and their density.",
	"commands_classify":  "Say what kind of point the weights are: minimum, saddle, plateau …",
	"commands_connect":   "Find a path of low loss from weights A to weights B.",
	"commands_report":    "Write one page with everything: checks, surface, spectrum, sharpness.",
	"flags_seed":         "Of everything random: the same seed gives the same numbers.",
	"flags_force":        "Replace files that are there. Without it, nothing is overwritten.",
	"compare_a": "A saved result: .npz, or what --json printed; or a file of a kind of the " +
		"program's own, such as a model.",
	"compare_tolerance": "Numbers that differ by no more than this share of the larger are " +
		"taken for equal.",
	"connect_out": "Files to write: .svg and .html show the path beside the straight line; " +
		".npz, .csv and .vtk hold the path. Give it several times. Default: connect.svg and " +
		"connect.npz.",
	"draw_saved": "What surface, line, connect or spectrum saved as .npz; several lines make " +
		"one figure.",
	"draw_out": "The .svg or .html file to write. Default: the name of the first FILE, as " +
		".svg.",
	"draw_of": "Of a surface: loss, data_loss, grad_norm, errors or a metric's name.",
	"line_out": "Files to write: .svg, .html, .npz, .csv or .vtk; give it several times. " +
		"Default: line.svg and line.npz.",
	"which_line": "random: the surface's first direction, scaled by filter; gradient: " +
		"steepest descent; top and bottom: the Hessian's largest and smallest eigenvalue.",
	"line_range": "The line runs over [-R, R]; auto chooses R so that the basin is seen.",
	"report_out": "The .html file to write.",
	"spectrum_out": "Files to write: .svg, .html, .npz or .csv; give it several times. " +
		"Default: spectrum.svg and spectrum.npz.",
	"spectrum_top": "How many of the largest eigenvalues, each with its residual.",
	"spectrum_probes": "Random vectors behind the density of all eigenvalues, with --steps " +
		"products each: 640 by default, which is most of the time. 0: no density.",
	"spectrum_gaussnewt": "Of the Gauss–Newton matrix instead of the Hessian.",
	"surface_out": "Files to write: .svg, .html, .npz, .csv or .vtk; give it several times. " +
		"Default: surface.svg and surface.npz.",
	"surface_range": "Both axes run over [-R, R]; auto chooses R so that the basin is seen.",
	"which_plane": "random; hessian: the two largest eigenvalues; gradient: steepest descent " +
		"and sharpest curvature.",
	"scaled": "How directions are scaled to the weights: filter (Li et al. 2018), " +
		"layer or none. Default: filter for random planes, none for others.",
	"bn": "Which statistics BatchNorm uses away from the weights.",
}

// choices are the values of flags that have few.
var choices = kong.Vars{
	"contracts":  "as-mode,frozen,batch,re-estimated",
	"directions": "random,gradient,top,bottom",
	"planes":     "random,hessian,gradient",
	"scalings":   "filter,layer,none,default",
}
