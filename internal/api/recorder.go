package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/training"
)

type actsBody struct {
	Acts []training.Act `json:"acts" minItems:"1" maxItems:"500" nullable:"false"`
}

type actsAnswer struct {
	Results []training.ActResult `json:"results" nullable:"false" doc:"In the order of the acts"`
}

type newStation struct {
	Name  string   `json:"name,omitempty" maxLength:"60"`
	Items []string `json:"items,omitempty" maxItems:"200" nullable:"false" doc:"Item codes; left out: the whole sheet"`
}

type (
	actsInput struct {
		ClassParams
		Body actsBody
	}
	actsOutput  struct{ Body actsAnswer }
	sheetOutput struct{ Body training.Sheet }

	newStationInput struct {
		ClassParams
		Body newStation
	}
	stationOutput struct{ Body registry.Station }
	stationParams struct {
		ClassParams
		Station registry.ID `path:"station" maxLength:"64"`
	}
)

func (s *Server) mountRecorder(api huma.API) {
	huma.Register(api, operation(http.MethodGet, "/api/v1/classes/{id}/recorder", "showRecorder", "What stands in each place of the record", tag("classes"), s.staff, refuses(404),
		describe("Each place with what a device sends back when it writes over it, the stations, and the acts on many that can be undone.")), s.showRecorder)
	huma.Register(api, operation(http.MethodPost, "/api/v1/classes/{id}/acts", "recordActs", "Record as a device that may have been offline", tag("classes"), large, s.staff,
		refuses(404, 413), describe("Each act carries a name made by the device and is done once however often it is sent. An act that meets what somebody else wrote "+
			"changes nothing and comes back as a conflict with what stands there; one that is refused keeps no other from being done.")), s.recordActs)
	huma.Register(api, operation(http.MethodPost, "/api/v1/classes/{id}/stations", "openStation", "Open a station for skills", tag("classes"), s.staff, s.once, refuses(404, 409)), s.openStation)
	huma.Register(api, operation(http.MethodPost, "/api/v1/classes/{id}/stations/{station}/close", "closeStation", "Close a station; its marks stay", tag("classes"), s.staff, refuses(404)), s.closeStation)
}

func (s *Server) showRecorder(ctx context.Context, in *ClassParams) (*sheetOutput, error) {
	sheet, err := s.Training.Sheet(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &sheetOutput{Body: sheet}, nil
}

func (s *Server) recordActs(ctx context.Context, in *actsInput) (*actsOutput, error) {
	results, err := s.Training.Record(ctx, actor(ctx), in.ID, in.Body.Acts)
	if err != nil {
		return nil, err
	}
	for i := range results {
		if r := results[i].Refusal; r != nil {
			results[i].Message, results[i].Fix = of(ctx).printer.Error(r)
		}
	}
	return &actsOutput{Body: actsAnswer{Results: results}}, nil
}

func (s *Server) openStation(ctx context.Context, in *newStationInput) (*stationOutput, error) {
	st, err := s.Training.OpenStation(ctx, actor(ctx), in.ID, in.Body.Name, in.Body.Items)
	if err != nil {
		return nil, err
	}
	return &stationOutput{Body: st}, nil
}

func (s *Server) closeStation(ctx context.Context, in *stationParams) (*struct{}, error) {
	return nil, s.Training.CloseStation(ctx, actor(ctx), in.ID, in.Station)
}
