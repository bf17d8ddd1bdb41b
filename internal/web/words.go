package web

import "github.com/passmuster/passmuster/templates/ui"

func toneIf(yes bool, tone ui.Tone) ui.Tone {
	if yes {
		return tone
	}
	return ui.Plain
}
