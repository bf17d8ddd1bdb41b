-- name: Attendance :many
SELECT * FROM attendance WHERE class = $1 AND state <> '' ORDER BY enrolment, session;

-- name: PutAttendance :one
INSERT INTO attendance (session, enrolment, class, state, minutes, revision, by_account, at)
VALUES ($1, $2, $3, $4, $5, 1, $6, $7)
ON CONFLICT (enrolment, session) DO UPDATE SET state = excluded.state, minutes = excluded.minutes,
    revision = attendance.revision + 1, by_account = excluded.by_account, at = excluded.at
RETURNING revision;

-- name: AddAttendance :execrows
INSERT INTO attendance (session, enrolment, class, state, minutes, revision, by_account, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT DO NOTHING;

-- name: Assessments :many
SELECT * FROM assessments WHERE class = $1 ORDER BY enrolment, kind, attempt, revision;

-- name: AddAssessment :execrows
INSERT INTO assessments (id, enrolment, class, kind, attempt, revision, score, items, passed, bulk, statement, note, assessor, by_account, on_date, at, state, marks)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
ON CONFLICT DO NOTHING;

-- name: Completions :many
SELECT c.* FROM completions c JOIN enrolments e ON e.id = c.enrolment WHERE c.class = $1 ORDER BY e.position, c.id;

-- name: CompletionOf :one
SELECT * FROM completions WHERE enrolment = $1;

-- name: PutCompletion :one
INSERT INTO completions (id, enrolment, class, person, outcome, minutes, completed_on, bulk, held, approved_by, approved_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', 0)
ON CONFLICT (enrolment) DO UPDATE
SET outcome = excluded.outcome, minutes = excluded.minutes, completed_on = excluded.completed_on, bulk = excluded.bulk, held = excluded.held
WHERE completions.approved_at = 0
RETURNING id;

-- name: AddCompletion :execrows
INSERT INTO completions (id, enrolment, class, person, outcome, minutes, completed_on, bulk, held, approved_by, approved_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT DO NOTHING;

-- name: ApproveCompletion :execrows
UPDATE completions SET approved_by = $2, approved_at = $3, held = $4
WHERE enrolment = $1 AND approved_at = 0;

-- name: ApprovePassed :execrows
UPDATE completions SET approved_by = $2, approved_at = $3
WHERE completions.class = $1 AND outcome = 'pass' AND held = '' AND approved_at = 0
AND EXISTS (SELECT 1 FROM enrolments e WHERE e.id = completions.enrolment AND e.status = 'enrolled');

-- name: Assessors :many
SELECT DISTINCT assessor FROM assessments WHERE class = $1;
