// Package download lets [lossland/pkg/xla] use go-xla's own download of a plugin. Import it for its
// effect, in a program that should be able to:
//
//	import _ "lossland/pkg/xla/download"
//
// Nothing is downloaded unless LOSSLAND_DOWNLOAD=1 permits it. It is a package of its own for the
// notebooks' sake: an HTTP client with TLS is sixty packages, and each cell is a program that would
// be linked with them.
package download

import (
	"github.com/gomlx/go-xla/installer"

	"lossland/pkg/xla"
)

func init() {
	xla.RegisterDownload(func(plugin string) error {
		return installer.AutoInstallPlugin(plugin, "", true, installer.Normal)
	})
}
