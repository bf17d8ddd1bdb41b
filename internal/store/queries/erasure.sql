-- name: EraseCredential :execrows
UPDATE credentials
SET state = $2, state_since = $3, reason = $4, snapshot = $5, name = '', name_key = '', latin_name = '', id_last4 = '', what = 0, days = 0,
    record_sig = '', jwt_sig = '', pdf_sig = '', input_hash = '', version = version + 1
WHERE id = $1 AND version = $6;

-- name: EraseEnrolment :execrows
UPDATE enrolments SET name = '', latin_name = '', id_last4 = '', row_hash = '', status = $2, version = version + 1 WHERE id = $1;

-- name: EraseConfirmation :execrows
UPDATE confirmations SET note = '', version = version + 1 WHERE enrolment = $1 AND note <> '';

-- name: EraseAssessmentNotes :execrows
UPDATE assessments SET note = '' WHERE enrolment = $1 AND note <> '';

-- name: EraseStatusNotes :execrows
UPDATE status_events SET private = '' WHERE credential = $1 AND private <> '';

-- name: EraseRequestNotes :execrows
UPDATE revocation_requests SET private = '' WHERE credential = $1 AND private <> '';

-- name: EraseRunFailures :execrows
DELETE FROM run_failures WHERE credential = $1;

-- name: EraseReportsAbout :execrows
UPDATE reports SET about = '', body = '', contact = '', answer = '', erased_at = $2, version = version + 1
WHERE credential = $1 AND answered_at > 0 AND erased_at = 0;

-- name: EraseImportsOf :execrows
UPDATE imports SET body = '', edits = '{}', report = '{}', version = version + 1 WHERE class = $1;

-- name: ErasePerson :execrows
UPDATE persons
SET name = '', name_key = '', latin_name = '', id_type = '', id_hash = '', id_last4 = '', birth_date = '', phone = '', email = '', organization = '',
    department = '', title = '', lang = '', erased_at = $2, version = version + 1
WHERE id = $1 OR merged_into = $3;

-- name: ErasePersonChanges :execrows
UPDATE person_changes SET former_name = '', former_latin = '', former_key = '', former_last4 = '', reason = ''
WHERE person = $1 OR other = $2;

-- name: EraseInvitations :execrows
UPDATE invitations SET name = '', email = '', withdrawn_at = CASE WHEN used_at > 0 OR withdrawn_at > 0 THEN withdrawn_at ELSE $2 END, version = version + 1
WHERE person = $1;

-- name: CountNamedEnrolments :one
SELECT COUNT(*) FROM enrolments WHERE person = $1 AND name <> '';

-- name: CountTrainersOfPerson :one
SELECT COUNT(*) FROM trainers WHERE person = $1;

-- name: StoredAnswers :many
SELECT principal, route, key, response FROM idempotency_keys
WHERE (principal, route, key) > ($1, $2, $3) AND response <> ''
ORDER BY principal, route, key LIMIT $4;

-- name: ErasureWish :one
SELECT reports.* FROM reports JOIN credentials ON credentials.id = reports.credential
WHERE credentials.enrolment = $1 AND reports.kind = 'erasure' ORDER BY reports.id DESC LIMIT 1;

-- name: OpenErasureWishes :many
SELECT * FROM reports WHERE credential = $1 AND kind = 'erasure' AND outcome = '' ORDER BY id;
