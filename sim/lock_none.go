//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package main

import "os"

// lock keeps nobody out: here two sweeps can write one file, and destroy it.
func lock(*os.File) bool { return true }
