package session

import (
	"fmt"
	"os"
	"reflect"
	"strings"
)

// CachedFolder is a folder of the cache for what keeps itself in files, such as a checkpoint of
// GoMLX. Its name holds a hash of the key, which is anything that encoding/json can write, so that
// what was made from other numbers lies elsewhere. It isn't made, and like [Cached] it says whether
// anything is in it:
//
//	cache: hit   own model 3f2a81bc
//	cache: miss  own model 3f2a81bc
func CachedFolder(name string, key any) (string, error) {
	entry, err := newEntry(key, reflect.TypeFor[os.File]())
	if err != nil {
		return "", err
	}
	folder, found := strings.TrimSuffix(entry.path, ".gob"), "miss "
	if files, err := os.ReadDir(folder); err == nil && len(files) > 0 {
		found = "hit  "
	}
	fmt.Fprintf(Writer(), "cache: %s %s %s\n", found, name, entry.short())
	return folder, nil
}
