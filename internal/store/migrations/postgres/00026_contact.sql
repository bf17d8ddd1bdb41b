-- +goose Up
-- Every scan asks for the contact of the certificate's base: from this index
-- alone, where the planner else reads the whole table of bases each time.
CREATE INDEX bases_contact ON bases (code) INCLUDE (contact);
