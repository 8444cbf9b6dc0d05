package records

// migrations lead from each version of the schema to the next. One that was
// released is never changed; a new version is a new entry.
var migrations = []string{
	// 1: answers, annotations, audit log
	`CREATE TABLE pictures (
		id INTEGER PRIMARY KEY,
		pixels TEXT NOT NULL, reading TEXT NOT NULL, instance TEXT NOT NULL,
		study TEXT NOT NULL, patient TEXT NOT NULL, sex TEXT NOT NULL, age TEXT NOT NULL, view TEXT NOT NULL,
		location TEXT NOT NULL,
		UNIQUE (pixels, instance));
	CREATE TABLE answers (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		picture INTEGER NOT NULL REFERENCES pictures (id),
		at TEXT NOT NULL, reader TEXT NOT NULL, class TEXT NOT NULL,
		verdict TEXT NOT NULL CHECK (verdict IN ('agree', 'disagree', 'unsure', 'withdrawn')),
		note TEXT NOT NULL, regions TEXT NOT NULL,
		model_name TEXT NOT NULL, model TEXT NOT NULL, prep TEXT NOT NULL, thresholds TEXT NOT NULL,
		logit REAL NOT NULL, probability REAL NOT NULL, threshold REAL NOT NULL, positive INTEGER NOT NULL);
	CREATE INDEX answers_of_picture ON answers (picture, class, reader, id);
	CREATE TRIGGER answers_stay BEFORE UPDATE ON answers BEGIN SELECT RAISE(ABORT, 'answers are not changed'); END;
	CREATE TRIGGER answers_remain BEFORE DELETE ON answers BEGIN SELECT RAISE(ABORT, 'answers are not deleted'); END;
	CREATE TRIGGER answers_stand BEFORE INSERT ON answers WHEN EXISTS (SELECT 1 FROM answers WHERE id = NEW.id)
		BEGIN SELECT RAISE(ABORT, 'answers are not replaced'); END;
	CREATE TABLE annotations (
		picture INTEGER NOT NULL REFERENCES pictures (id),
		kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, at TEXT NOT NULL,
		PRIMARY KEY (picture, kind, id)) WITHOUT ROWID;
	CREATE TABLE audit (seq INTEGER PRIMARY KEY, line TEXT NOT NULL, hash TEXT NOT NULL UNIQUE);
	CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is not changed'); END;
	CREATE TRIGGER audit_remains BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is not deleted'); END;
	CREATE TRIGGER audit_stands BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq OR hash = NEW.hash)
		BEGIN SELECT RAISE(ABORT, 'the audit log is not replaced'); END;
	CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL);
	INSERT INTO secrets VALUES ('pseudonyms', randomblob(32));`,
	// 2: what the worklist knows of files
	`CREATE TABLE files (
		location TEXT PRIMARY KEY, size INTEGER NOT NULL, modified INTEGER NOT NULL,
		pixels TEXT NOT NULL, reading TEXT NOT NULL, instance TEXT NOT NULL) WITHOUT ROWID;
	CREATE TABLE scores (
		pixels TEXT NOT NULL, reading TEXT NOT NULL, model TEXT NOT NULL, prep TEXT NOT NULL,
		logits BLOB NOT NULL, at TEXT NOT NULL,
		PRIMARY KEY (pixels, reading, model, prep)) WITHOUT ROWID;
	CREATE TABLE models (
		model TEXT NOT NULL, prep TEXT NOT NULL, name TEXT NOT NULL, classes TEXT NOT NULL,
		PRIMARY KEY (model, prep)) WITHOUT ROWID;
	CREATE TABLE seen (study TEXT PRIMARY KEY, at TEXT NOT NULL) WITHOUT ROWID;`,
	// 3: why a score is not to be believed, '' where nothing speaks against it; NULL where that
	// was not asked when the picture was scored
	`ALTER TABLE scores ADD COLUMN withheld TEXT;`,
	// 4: key images and conclusions
	`CREATE TABLE remarks (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		kind TEXT NOT NULL, about TEXT NOT NULL, at TEXT NOT NULL, reader TEXT NOT NULL, held INTEGER NOT NULL, text TEXT NOT NULL);
	CREATE INDEX remarks_about ON remarks (kind, about, id);
	CREATE TRIGGER remarks_stay BEFORE UPDATE ON remarks BEGIN SELECT RAISE(ABORT, 'remarks are not changed'); END;
	CREATE TRIGGER remarks_remain BEFORE DELETE ON remarks BEGIN SELECT RAISE(ABORT, 'remarks are not deleted'); END;`,
	// 5: who reads at the workstation, and what of the model's findings a reader had seen. Whoever
	// answered before has no name but the key that the answers are under. The table of answers is
	// made anew, for its verdicts are checked
	`CREATE TABLE readers (
		key TEXT PRIMARY KEY, name TEXT NOT NULL, at TEXT NOT NULL, listed INTEGER NOT NULL) WITHOUT ROWID;
	INSERT INTO readers SELECT reader, '', MIN(at), 1 FROM
		(SELECT reader, at FROM answers UNION ALL SELECT reader, at FROM remarks) GROUP BY reader;
	CREATE TABLE workstation (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
	CREATE TABLE sights (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		picture INTEGER NOT NULL REFERENCES pictures (id),
		at TEXT NOT NULL, reader TEXT NOT NULL, model TEXT NOT NULL, prep TEXT NOT NULL,
		how TEXT NOT NULL CHECK (how IN ('open', 'early', 'finished')),
		UNIQUE (reader, picture, model, prep, how));
	CREATE TRIGGER sights_stay BEFORE UPDATE ON sights BEGIN SELECT RAISE(ABORT, 'sights are not changed'); END;
	CREATE TRIGGER sights_remain BEFORE DELETE ON sights BEGIN SELECT RAISE(ABORT, 'sights are not deleted'); END;
	ALTER TABLE annotations ADD COLUMN reader TEXT NOT NULL DEFAULT '';
	CREATE TABLE answers_5 (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		picture INTEGER NOT NULL REFERENCES pictures (id),
		at TEXT NOT NULL, reader TEXT NOT NULL, class TEXT NOT NULL,
		verdict TEXT NOT NULL CHECK (verdict IN ('agree', 'disagree', 'present', 'absent', 'unsure', 'withdrawn')),
		note TEXT NOT NULL, regions TEXT NOT NULL,
		model_name TEXT NOT NULL, model TEXT NOT NULL, prep TEXT NOT NULL, thresholds TEXT NOT NULL,
		logit REAL NOT NULL, probability REAL NOT NULL, threshold REAL NOT NULL, positive INTEGER NOT NULL,
		reading TEXT NOT NULL DEFAULT '' CHECK (reading IN ('', 'blinded', 'seen')));
	INSERT INTO answers_5 SELECT *, '' FROM answers;
	DROP TABLE answers;
	ALTER TABLE answers_5 RENAME TO answers;
	CREATE INDEX answers_of_picture ON answers (picture, class, reader, id);
	CREATE TRIGGER answers_stay BEFORE UPDATE ON answers BEGIN SELECT RAISE(ABORT, 'answers are not changed'); END;
	CREATE TRIGGER answers_remain BEFORE DELETE ON answers BEGIN SELECT RAISE(ABORT, 'answers are not deleted'); END;
	CREATE TRIGGER answers_stand BEFORE INSERT ON answers WHEN EXISTS (SELECT 1 FROM answers WHERE id = NEW.id)
		BEGIN SELECT RAISE(ABORT, 'answers are not replaced'); END;`,
}
