-- +goose Up

-- Texts of the tables made since compare and sort by their bytes, too.
-- +goose StatementBegin
DO $$
DECLARE
    change text;
BEGIN
    FOR change IN
        SELECT format('ALTER TABLE %I %s', c.table_name,
            string_agg(format('ALTER COLUMN %I TYPE text COLLATE "C"', c.column_name), ', ' ORDER BY c.ordinal_position))
        FROM information_schema.columns c
        JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.data_type = 'text'
            AND c.collation_name IS DISTINCT FROM 'C' AND c.table_name NOT LIKE 'goose%' AND c.table_name NOT LIKE 'river%'
        GROUP BY c.table_name
    LOOP
        EXECUTE change;
    END LOOP;
END $$;
-- +goose StatementEnd
