-- name: AttendanceCells :many
SELECT * FROM attendance WHERE class = $1 ORDER BY enrolment, session;

-- name: AddAttendanceMark :execrows
INSERT INTO attendance_marks (enrolment, session, revision, class, state, minutes, by_account, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: AttendanceMarks :many
SELECT * FROM attendance_marks WHERE class = $1 ORDER BY enrolment, session, revision;

-- name: Stations :many
SELECT * FROM stations WHERE class = $1 ORDER BY id;

-- name: Station :one
SELECT * FROM stations WHERE id = $1;

-- name: AddStation :execrows
INSERT INTO stations (id, class, name, items, assessor, by_account, opened_at, closed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0)
ON CONFLICT DO NOTHING;

-- name: CloseStation :execrows
UPDATE stations SET closed_at = $2 WHERE id = $1 AND closed_at = 0;

-- name: RecorderAct :one
SELECT * FROM recorder_acts WHERE class = $1 AND id = $2;

-- name: CountWrongClocks :one
SELECT COUNT(*) FROM recorder_acts WHERE class = $1 AND result LIKE '%"clock":true%';

-- name: AddRecorderAct :execrows
INSERT INTO recorder_acts (id, class, kind, body_sha, result, undoes, by_account, acted_at, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING;

-- name: BulkActs :many
SELECT * FROM recorder_acts a WHERE a.class = $1 AND a.kind IN ('all_present', 'all_passed')
AND NOT EXISTS (SELECT 1 FROM recorder_acts u WHERE u.class = a.class AND u.undoes = a.id)
ORDER BY a.at DESC, a.id;
