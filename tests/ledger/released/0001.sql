-- A ledger of schema 0001, with something in every table: as it was, and never to be changed.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
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
	sid TEXT, 
	CONSTRAINT attempts_pk PRIMARY KEY (id), 
	CONSTRAINT attempts_ordinal UNIQUE ("key", ordinal), 
	CONSTRAINT attempts_key_fk FOREIGN KEY("key") REFERENCES messages ("key")
);
INSERT INTO "attempts" VALUES(1,'P-1042/welcome/1',1,'+17205550134','Welcome, Maria. Reply STOP.',1,1796212800000000,1796212800000000,'accepted',NULL,'SM1');
INSERT INTO "attempts" VALUES(2,'P-2/last-meal/1',1,'+17205550135','Anchor Healthcare: a text.',1,1796212800000000,NULL,NULL,NULL,NULL);
CREATE TABLE events (
	id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	patient TEXT NOT NULL, 
	"key" TEXT, 
	what VARCHAR(32) NOT NULL, 
	why TEXT, 
	cause VARCHAR(32) NOT NULL, 
	CONSTRAINT events_pk PRIMARY KEY (id)
);
INSERT INTO "events" VALUES(1,1796212800000000,'P-1042','P-1042/welcome/1','new',NULL,'files');
INSERT INTO "events" VALUES(2,1796212800000000,'P-1042','P-1042/last-meal/1','new',NULL,'files');
INSERT INTO "events" VALUES(3,1796212800000000,'P-2','P-2/last-meal/1','new',NULL,'files');
INSERT INTO "events" VALUES(4,1796212800000000,'P-1042','P-1042/welcome/1','claimed',NULL,'files');
INSERT INTO "events" VALUES(5,1796212800000000,'P-1042','P-1042/welcome/1','delivered',NULL,'files');
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
	updated_at BIGINT NOT NULL, 
	CONSTRAINT messages_pk PRIMARY KEY ("key"), 
	CONSTRAINT messages_revision UNIQUE (patient, step, revision), 
	CONSTRAINT messages_messages_can_be_sent CHECK (state NOT IN ('planned', 'claimed') OR (due_at IS NOT NULL AND send_at IS NOT NULL AND latest IS NOT NULL AND body IS NOT NULL))
);
INSERT INTO "messages" VALUES('P-1042/welcome/1','P-1042','welcome',1,'delivered',NULL,1796212800000000,1796212800000000,1,1,1796209200000000,1796227200000000,1796212800000000,'{"procedure": "2026-12-03T14:30:00+00:00", "arrival": "2026-12-03T13:30:00+00:00"}','[]','+17205550134','en','Anchor Healthcare: Maria, finish your last meal by Wed, Dec 2, 11:30 PM. Questions? 303 555 0100','Reply STOP to end texts, HELP for help.','{"zone": "America/Denver", "procedure_date": "2026-12-03", "hours": [["21:00", "08:00"], ["21:00", "05:00"]]}',1,NULL,'SM1',NULL,NULL,1796212800000000);
INSERT INTO "messages" VALUES('P-1042/last-meal/1','P-1042','last-meal',1,'planned',NULL,1796212800000000,1796212800000000,4,1,1796209200000000,1796227200000000,1796212800000000,'{"procedure": "2026-12-03T14:30:00+00:00", "arrival": "2026-12-03T13:30:00+00:00"}','[]','+17205550134','en','Anchor Healthcare: Maria, finish your last meal by Wed, Dec 2, 11:30 PM. Questions? 303 555 0100','Reply STOP to end texts, HELP for help.','{"zone": "America/Denver", "procedure_date": "2026-12-03", "hours": [["21:00", "08:00"], ["21:00", "05:00"]]}',0,NULL,NULL,NULL,NULL,1796212800000000);
INSERT INTO "messages" VALUES('P-2/last-meal/1','P-2','last-meal',1,'in-doubt',NULL,1796212800000000,1796212800000000,4,1,1796209200000000,1796227200000000,1796212800000000,'{"procedure": "2026-12-03T14:30:00+00:00", "arrival": "2026-12-03T13:30:00+00:00"}','[]','+17205550135','en','Anchor Healthcare: Maria, finish your last meal by Wed, Dec 2, 11:30 PM. Questions? 303 555 0100','Reply STOP to end texts, HELP for help.','{"zone": "America/Denver", "procedure_date": "2026-12-03", "hours": [["21:00", "08:00"], ["21:00", "05:00"]]}',1,NULL,NULL,NULL,NULL,1796212800000000);
CREATE TABLE phones (
	phone TEXT NOT NULL, 
	last_attempt_at BIGINT NOT NULL, 
	stop_line_at BIGINT, 
	CONSTRAINT phones_pk PRIMARY KEY (phone)
);
INSERT INTO "phones" VALUES('+17205550134',1796212800000000,1796212800000000);
CREATE INDEX messages_due ON messages (due_at, latest) WHERE state = 'planned';
CREATE INDEX messages_line_of_a_phone ON messages ("to", send_at, patient, position) WHERE state = 'planned';
CREATE INDEX messages_claimed ON messages ("to", lease_until) WHERE state = 'claimed';
CREATE INDEX messages_awaiting_receipt ON messages (looked_at) WHERE state IN ('accepted', 'sent');
CREATE UNIQUE INDEX messages_sid ON messages (sid) WHERE sid IS NOT NULL;
CREATE INDEX messages_without_send_at ON messages (place) WHERE send_at IS NULL;
CREATE INDEX messages_send_at ON messages (send_at, state);
CREATE INDEX events_of_a_patient ON events (patient, id);
CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are only ever appended'); END;
CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are only ever appended'); END;
COMMIT;
