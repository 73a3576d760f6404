package main

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestVersionOf(t *testing.T) {
	commit := debug.BuildSetting{Key: "vcs.revision", Value: "0123456789abcdef"}
	dirty := debug.BuildSetting{Key: "vcs.modified", Value: "true"}
	for want, c := range map[string]struct {
		version  string
		settings []debug.BuildSetting
	}{
		"lossland v1.2.3, go1.26":               {"v1.2.3", []debug.BuildSetting{commit}},
		"lossland (devel), go1.26":              {"(devel)", nil},
		"lossland (devel) 0123456789ab, go1.26": {"(devel)", []debug.BuildSetting{commit}},
		"lossland (devel) 0123456789ab+dirty, go1.26": {"(devel)",
			[]debug.BuildSetting{commit, dirty}},
	} {
		info := &debug.BuildInfo{GoVersion: "go1.26", Main: debug.Module{Version: c.version},
			Settings: c.settings}
		assert.Equal(t, want, versionOf(info))
	}
}
