package main

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Settings are for all commands, so that one file and one environment serve them
// all. heeded tells which flags of theirs do something in a command; one that is
// not named, and has no parent that is, opens a registry and acts in it.
var heeded = map[string]string{
	"":            "data database blobs public-url log demo-clock key-passphrase-file",
	"demo":        serversFlags,
	"serve":       serversFlags,
	"init":        "data database blobs public-url log document-key key-passphrase-file",
	"migrate":     "data database log demo-clock document-key key-passphrase-file",
	"verify":      "data database public-url log demo-clock key-passphrase-file",
	"template":    "",
	"key":         "data key-passphrase-file",
	"key rotate":  "data document-key key-passphrase-file",
	"key import":  "data database log demo-clock key-passphrase-file",
	"key restore": "data",
	"audit":       "data database log demo-clock key-passphrase-file",
	"seed":        "data database blobs public-url log document-key",
	"bench":       "data",
	"bench issue": "",
	"version":     "",
}

const serversFlags = "addr data database blobs public-url trusted-proxies verify-cache log demo-clock document-key key-passphrase-file"

// heeds reports whether the command heeds the setting.
func heeds(command, flag string) bool {
	for {
		if flags, ok := heeded[command]; ok {
			return slices.Contains(strings.Fields(flags), flag)
		}
		command = strings.TrimSpace(command[:strings.LastIndex(" "+command, " ")])
	}
}

// help is kong's, without the settings that would do nothing in the command.
func help(options kong.HelpOptions, c *kong.Context) error {
	command := c.Selected()
	if command == nil {
		return kong.DefaultHelpPrinter(options, c)
	}
	for _, flag := range c.Model.Flags {
		if isSetting(flag.Name) && !heeds(command.Path(), flag.Name) {
			flag.Hidden = true
		}
	}
	return kong.DefaultHelpPrinter(options, c)
}

// isSetting tells the flags of config.Settings from --help, --json and --lang.
func isSetting(flag string) bool { return slices.Contains(strings.Fields(serversFlags), flag) }
