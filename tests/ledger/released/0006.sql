-- A ledger of schema 0006, with something in every table: as it was, and never to be changed.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0006');
CREATE TABLE alerts (
	id INTEGER NOT NULL, 
	cause TEXT NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	at BIGINT NOT NULL, 
	tries INTEGER DEFAULT 0 NOT NULL, 
	told_at BIGINT, 
	over_at BIGINT, 
	CONSTRAINT alerts_pk PRIMARY KEY (id)
);
INSERT INTO "alerts" VALUES(1,'call 1','call',1796212800000000,0,NULL,NULL);
CREATE TABLE attempts (
	id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	ordinal INTEGER NOT NULL, 
	"to" TEXT NOT NULL, 
	text TEXT NOT NULL, 
	carried_stop_line BOOLEAN NOT NULL, 
	started_at BIGINT NOT NULL, 
	ended_at BIGINT, 
	answer VARCHAR(16), 
	code TEXT, 
	sid TEXT, receipt VARCHAR(24), 
	CONSTRAINT attempts_pk PRIMARY KEY (id), 
	CONSTRAINT attempts_ordinal UNIQUE ("key", ordinal), 
	CONSTRAINT attempts_key_fk FOREIGN KEY("key") REFERENCES messages ("key")
);
INSERT INTO "attempts" VALUES(1,'P-1042/welcome/1',1,'+17205550134','Welcome, Maria. Reply STOP.',1,1796212800000000,1796212800000000,'accepted',NULL,'SM1','receipt-delivered');
INSERT INTO "attempts" VALUES(2,'P-2/last-meal/1',1,'+17205550135','Anchor Healthcare: a text.',1,1796212800000000,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE bookmarks (
	name VARCHAR(16) NOT NULL, 
	number BIGINT NOT NULL, 
	CONSTRAINT bookmarks_pk PRIMARY KEY (name)
);
INSERT INTO "bookmarks" VALUES('planned',5);
CREATE TABLE calls (
	id INTEGER NOT NULL, 
	patient TEXT NOT NULL, 
	reason VARCHAR(40) NOT NULL, 
	about TEXT NOT NULL, 
	name TEXT, 
	phone TEXT NOT NULL, 
	say TEXT NOT NULL, 
	by_when BIGINT NOT NULL, 
	is_wanted BOOLEAN NOT NULL, 
	opened_at BIGINT NOT NULL, 
	closed_at BIGINT, 
	closed_by TEXT, 
	note TEXT, 
	CONSTRAINT calls_pk PRIMARY KEY (id), 
	CONSTRAINT calls_key UNIQUE (patient, reason, about)
);
INSERT INTO "calls" VALUES(1,'P-2','unknown whether the text was sent','P-2/last-meal/1','Ann','+17205550135','Finish your last meal.',1796212800000000,1,1796212800000000,NULL,NULL,NULL);
CREATE TABLE editions (
	id INTEGER NOT NULL, 
	signature TEXT NOT NULL, 
	host TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT editions_pk PRIMARY KEY (id)
);
INSERT INTO "editions" VALUES(1,'5feceb66','anchor-1',1796212800000000);
CREATE TABLE "events" (
	id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	patient TEXT NOT NULL, 
	"key" TEXT, 
	what VARCHAR(32) NOT NULL, 
	why TEXT, 
	cause TEXT NOT NULL, 
	CONSTRAINT events_pk PRIMARY KEY (id)
);
INSERT INTO "events" VALUES(1,1796212800000000,'P-1042','P-1042/welcome/1','new',NULL,'files');
INSERT INTO "events" VALUES(2,1796212800000000,'P-1042','P-1042/last-meal/1','new',NULL,'files');
INSERT INTO "events" VALUES(3,1796212800000000,'P-2','P-2/last-meal/1','new',NULL,'files');
INSERT INTO "events" VALUES(4,1796212800000000,'P-1042','P-1042/welcome/1','claimed',NULL,'files');
INSERT INTO "events" VALUES(5,1796212800000000,'P-1042','P-1042/welcome/1','delivered',NULL,'files');
CREATE TABLE followed (
	patient TEXT NOT NULL, 
	version BIGINT, 
	look_at BIGINT, 
	CONSTRAINT followed_pk PRIMARY KEY (patient)
);
INSERT INTO "followed" VALUES('P-1042',4611686018427387904,1796212800000000);
CREATE TABLE good_files (
	name TEXT NOT NULL, 
	content BLOB NOT NULL, 
	sha256 TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT good_files_pk PRIMARY KEY (name)
);
INSERT INTO "good_files" VALUES('clinic.yaml',X'636C696E69633A207B7D','0',1796212800000000);
CREATE TABLE hosts (
	host TEXT NOT NULL, 
	signature TEXT NOT NULL, 
	edition BIGINT, 
	at BIGINT NOT NULL, 
	CONSTRAINT hosts_pk PRIMARY KEY (host)
);
INSERT INTO "hosts" VALUES('anchor-1','5feceb66',1,1796212800000000);
CREATE TABLE loads (
	id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	fingerprint TEXT NOT NULL, 
	outcome VARCHAR(16) NOT NULL, 
	why TEXT NOT NULL, 
	changes INTEGER NOT NULL, 
	CONSTRAINT loads_pk PRIMARY KEY (id)
);
INSERT INTO "loads" VALUES(1,1796212800000000,'f','applied','[]',3);
CREATE TABLE messages (
	"key" TEXT NOT NULL, 
	patient TEXT NOT NULL, 
	step TEXT NOT NULL, 
	revision INTEGER NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	reason TEXT, 
	send_at BIGINT, 
	due_at BIGINT, 
	position INTEGER NOT NULL, 
	critical BOOLEAN NOT NULL, 
	earliest BIGINT, 
	latest BIGINT, 
	place BIGINT, 
	moments TEXT NOT NULL, 
	dates_only TEXT NOT NULL, 
	"to" TEXT NOT NULL, 
	language TEXT NOT NULL, 
	body TEXT, 
	stop_line TEXT NOT NULL, 
	quiet TEXT NOT NULL, 
	attempts INTEGER NOT NULL, 
	lease_until BIGINT, 
	sid TEXT, 
	code TEXT, 
	looked_at BIGINT, 
	updated_at BIGINT NOT NULL, procedure BIGINT DEFAULT 0 NOT NULL, arrival BIGINT DEFAULT 0 NOT NULL, sent_at BIGINT, 
	CONSTRAINT messages_pk PRIMARY KEY ("key"), 
	CONSTRAINT messages_revision UNIQUE (patient, step, revision), 
	CONSTRAINT messages_messages_can_be_sent CHECK (state NOT IN ('planned', 'claimed') OR (due_at IS NOT NULL AND send_at IS NOT NULL AND latest IS NOT NULL AND body IS NOT NULL))
);
INSERT INTO "messages" VALUES('P-1042/welcome/1','P-1042','welcome',1,'delivered',NULL,1796212800000000,1796212800000000,1,1,1796209200000000,1796227200000000,1796212800000000,'{"procedure": "2026-12-03T14:30:00+00:00", "arrival": "2026-12-03T13:30:00+00:00"}','[]','+17205550134','en','Anchor Healthcare: Maria, finish your last meal by Wed, Dec 2, 11:30 PM. Questions? 303 555 0100','Reply STOP to end texts, HELP for help.','{"zone": "America/Denver", "procedure_date": "2026-12-03", "hours": [["21:00", "08:00"], ["21:00", "05:00"]]}',1,NULL,'SM1',NULL,NULL,1796212800000000,1796308200000000,1796304600000000,1796212800000000);
INSERT INTO "messages" VALUES('P-1042/last-meal/1','P-1042','last-meal',1,'planned',NULL,1796212800000000,1796212800000000,4,1,1796209200000000,1796227200000000,1796212800000000,'{"procedure": "2026-12-03T14:30:00+00:00", "arrival": "2026-12-03T13:30:00+00:00"}','[]','+17205550134','en','Anchor Healthcare: Maria, finish your last meal by Wed, Dec 2, 11:30 PM. Questions? 303 555 0100','Reply STOP to end texts, HELP for help.','{"zone": "America/Denver", "procedure_date": "2026-12-03", "hours": [["21:00", "08:00"], ["21:00", "05:00"]]}',0,NULL,NULL,NULL,NULL,1796212800000000,1796308200000000,1796304600000000,NULL);
INSERT INTO "messages" VALUES('P-2/last-meal/1','P-2','last-meal',1,'in-doubt',NULL,1796212800000000,1796212800000000,4,1,1796209200000000,1796227200000000,1796212800000000,'{"procedure": "2026-12-03T14:30:00+00:00", "arrival": "2026-12-03T13:30:00+00:00"}','[]','+17205550135','en','Anchor Healthcare: Maria, finish your last meal by Wed, Dec 2, 11:30 PM. Questions? 303 555 0100','Reply STOP to end texts, HELP for help.','{"zone": "America/Denver", "procedure_date": "2026-12-03", "hours": [["21:00", "08:00"], ["21:00", "05:00"]]}',1,NULL,NULL,NULL,NULL,1796212800000000,1796308200000000,1796304600000000,1796212800000000);
CREATE TABLE opt_outs (
	id INTEGER NOT NULL, 
	phone TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	is_out BOOLEAN NOT NULL, 
	why TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	CONSTRAINT opt_outs_pk PRIMARY KEY (id)
);
INSERT INTO "opt_outs" VALUES(1,'+17205550136',1796212800000000,1,'STOP','patient');
CREATE TABLE paces (
	name TEXT NOT NULL, 
	taken_until BIGINT NOT NULL, 
	CONSTRAINT paces_pk PRIMARY KEY (name)
);
INSERT INTO "paces" VALUES('dispatch',1796212800000000);
CREATE TABLE phones (
	phone TEXT NOT NULL, 
	last_attempt_at BIGINT NOT NULL, 
	stop_line_at BIGINT, 
	CONSTRAINT phones_pk PRIMARY KEY (phone)
);
INSERT INTO "phones" VALUES('+17205550134',1796212800000000,1796212800000000);
CREATE TABLE purged (
	patient TEXT NOT NULL, 
	procedure BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT purged_pk PRIMARY KEY (patient)
);
INSERT INTO "purged" VALUES('P-0007',1733148000000000,1796212800000000);
CREATE TABLE replies (
	id INTEGER NOT NULL, 
	sid TEXT NOT NULL, 
	phone TEXT NOT NULL, 
	patient TEXT, 
	at BIGINT NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	body TEXT NOT NULL, 
	answer TEXT, 
	CONSTRAINT replies_pk PRIMARY KEY (id), 
	CONSTRAINT replies_sid UNIQUE (sid)
);
INSERT INTO "replies" VALUES(1,'SM9','+17205550134','P-1042',1796212800000000,'other','What may I eat?','Thank you.');
CREATE TABLE restores (
	id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	as_of BIGINT NOT NULL, 
	CONSTRAINT restores_pk PRIMARY KEY (id)
);
INSERT INTO "restores" VALUES(1,1796212800000000,1796209200000000);
CREATE TABLE switches (
	id INTEGER NOT NULL, 
	switch VARCHAR(16) NOT NULL, 
	is_on BOOLEAN NOT NULL, 
	at BIGINT NOT NULL, 
	"by" TEXT NOT NULL, 
	why TEXT, 
	CONSTRAINT switches_pk PRIMARY KEY (id)
);
INSERT INTO "switches" VALUES(1,'pause',1,1796212800000000,'Ann Lee','soap');
CREATE TABLE terms (
	id INTEGER NOT NULL, 
	host TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT terms_pk PRIMARY KEY (id)
);
INSERT INTO "terms" VALUES(1,'anchor-1',1796212800000000);
CREATE INDEX messages_due ON messages (due_at, latest) WHERE state = 'planned';
CREATE INDEX messages_line_of_a_phone ON messages ("to", send_at, patient, position) WHERE state = 'planned';
CREATE INDEX messages_claimed ON messages ("to", lease_until) WHERE state = 'claimed';
CREATE INDEX messages_awaiting_receipt ON messages (looked_at) WHERE state IN ('accepted', 'sent');
CREATE INDEX messages_without_send_at ON messages (place) WHERE send_at IS NULL;
CREATE INDEX messages_send_at ON messages (send_at, state);
CREATE INDEX events_of_a_patient ON events (patient, id);
CREATE INDEX opt_outs_of_a_phone ON opt_outs (phone, id);
CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are only ever appended'); END;
CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are only ever appended'); END;
CREATE TRIGGER opt_outs_no_update BEFORE UPDATE ON opt_outs BEGIN SELECT RAISE(ABORT, 'opt_outs are only ever appended'); END;
CREATE TRIGGER opt_outs_no_delete BEFORE DELETE ON opt_outs BEGIN SELECT RAISE(ABORT, 'opt_outs are only ever appended'); END;
CREATE INDEX calls_open ON calls (by_when, patient) WHERE closed_at IS NULL;
CREATE INDEX attempts_sid ON attempts (sid) WHERE sid IS NOT NULL;
CREATE INDEX messages_in_doubt ON messages (sent_at) WHERE state = 'in-doubt';
CREATE INDEX switches_by_name ON switches (switch, id);
CREATE TRIGGER switches_no_update BEFORE UPDATE ON switches BEGIN SELECT RAISE(ABORT, 'switches are only ever appended'); END;
CREATE TRIGGER switches_no_delete BEFORE DELETE ON switches BEGIN SELECT RAISE(ABORT, 'switches are only ever appended'); END;
CREATE INDEX replies_of_a_phone ON replies (phone, id);
CREATE INDEX messages_of_a_phone ON messages ("to", state);
CREATE INDEX alerts_of_a_kind ON alerts (kind, id);
CREATE UNIQUE INDEX alerts_open ON alerts (cause) WHERE over_at IS NULL;
CREATE TRIGGER restores_no_update BEFORE UPDATE ON restores BEGIN SELECT RAISE(ABORT, 'restores are only ever appended'); END;
CREATE TRIGGER restores_no_delete BEFORE DELETE ON restores BEGIN SELECT RAISE(ABORT, 'restores are only ever appended'); END;
CREATE TRIGGER terms_no_update BEFORE UPDATE ON terms BEGIN SELECT RAISE(ABORT, 'terms are only ever appended'); END;
CREATE TRIGGER terms_no_delete BEFORE DELETE ON terms BEGIN SELECT RAISE(ABORT, 'terms are only ever appended'); END;
CREATE TRIGGER editions_no_update BEFORE UPDATE ON editions BEGIN SELECT RAISE(ABORT, 'editions are only ever appended'); END;
CREATE TRIGGER editions_no_delete BEFORE DELETE ON editions BEGIN SELECT RAISE(ABORT, 'editions are only ever appended'); END;
CREATE INDEX followed_look_at ON followed (look_at) WHERE look_at IS NOT NULL;
COMMIT;
