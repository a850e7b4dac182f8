/* SPDX-License-Identifier: Apache-2.0
 *
 * staff.h - what the files of the drill at the front door share: one county of the drill with its people, tubes and boxes (theatre),
 * a post with its list and what it has to report (desk), and the table of posts. A further domain is a further row of staff_posts with
 * a function that reads its duties and tells its facts. Nobody outside src/drill includes this.
 */
#ifndef SUSHUI_DRILL_STAFF_H
#define SUSHUI_DRILL_STAFF_H

#include "core/id.h"
#include "drill/door.h"
#include "drill/epidemic.h"
#include "drill/front.h"

#define TUBE_MAX 20
#define TEAMS_MAX 512
#define NO_TUBE UINT32_MAX
#define NO_TRACK UINT32_MAX
#define NO_ROOM UINT32_MAX
#define FOREVER_MIN (EPIDEMIC_DAYS_MAX * 1440U)

/* Kinds of ids the drill makes: an id tells its kind and number, so that a list of the server leads back to the person. */
enum name {
	N_FACT = 'f', N_OUTBREAK = 'o', N_PERSON = 'n', N_HOUSEHOLD = 'h', N_PLACE = 'p', N_CAMPAIGN = 'g', N_SITE = 's', N_TUBE = 't',
	N_BOX = 'b', N_PLATE = 'l', N_LAB = 'L', N_CASE = 'c', N_VISIT = 'v', N_HOUSE = 'i', N_ROOM = 'r', N_ZONE = 'z', N_TEAM = 'm',
	N_VEHICLE = 'V', N_RUN = 'R', N_TRANSFER = 'T',
	N_OTHER = 'x',
};
#define NAME_N (ID_TEXT_N + 1)

/* When something happened to a person of interest, UTC ms; 0: not. */
struct track {
	uint32_t person;
	int64_t ill_seen_at;    /* came to the clinic */
	int64_t positive_at;    /* first swab that was truly positive */
	int64_t pool_known_at, single_known_at; /* results reported */
	int64_t single_swab_at; /* of the positive single sample */
	int64_t kept_at;        /* told to stay where they are, because of a tube */
	int64_t case_at, isolated_at, interviewed_at, investigated_at;
	int64_t signed_at, last_exposure_at, secured_at, released_at;
	int64_t discharged_at;
	uint32_t signed_for;    /* person of the case */
	int64_t negative_at[2]; /* last two single samples in a row that allow discharge */
	uint32_t room;          /* number, NO_ROOM: none */
	bool secondary;         /* signed as a contact of a contact: stays at home */
	uint8_t looked;         /* how far the officer has looked at the case's proposals */
	bool single_wait;       /* a single sample is on its way */
};
enum person_flag { PERSON_REFUSES = 1, PERSON_KEPT = 2, PERSON_HELD = 4, PERSON_CASE = 8, PERSON_ROOM = 16 };
struct person {
	uint32_t track;
	uint8_t flags;
};

enum tube_stage { TUBE_OPEN, TUBE_CLOSED, TUBE_SENT, TUBE_RECEIVED, TUBE_PLATED, TUBE_REPORTED, TUBE_LOST };
struct tube {
	uint32_t person[TUBE_MAX];
	int64_t first_at, closed_at, arrives_at;
	uint32_t village, box;
	uint16_t campaign; /* 0: singles; else number of the round */
	uint8_t n, max, stage;
	bool positive;
};
struct box {
	int64_t arrives_at;
	uint32_t tubes_n;
	bool received;
};
struct machine {
	int64_t done_at; /* 0: free */
	uint32_t plate;
	uint32_t *tubes;
	size_t n;
};
struct round {
	uint32_t number;
	int64_t opens_at, due_at, done_at; /* done: everybody is sampled or excused */
	uint32_t missing_n;                /* who did not come to the sites */
	uint32_t positives;                /* persons found by it */
	bool swept;                        /* the sites are done */
};

/* Numbers other than 0, each once. */
struct set64 {
	uint64_t *v;
	size_t n, cap;
};

struct front;
struct theatre;
struct desk;

/* One post: a row of the table. */
struct post {
	const char *name, *role;
	const char *en;
	size_t every;  /* offset in struct scenario_county of the minutes between two looks; 0: every step */
	size_t teams;  /* offset of how many work side by side; 0: one */
	int from_h, until_h; /* shift, local hours */
	enum err_code (*act)(struct desk *k, struct err *e);
};
extern const struct post staff_posts[]; /* ended by a row without name */

struct outgoing {
	size_t from, n;
};
struct desk {
	const struct post *post;
	struct theatre *t;
	struct door *door;
	int64_t next_at, last_at, now; /* of looks */
	int64_t idle_until[TEAMS_MAX]; /* by team: busy until */
	uint32_t teams_n;
	/* what waits to be sent */
	struct buf text;
	struct outgoing *facts;
	size_t facts_n, facts_cap;
	uint64_t seen; /* facts told in this county when the list was last read */
	int64_t seen_at;
	bool again; /* work was left for want of time: look again at once */
	/* what it came to */
	uint64_t jobs_n, waits_n, facts_told;
	int64_t busy_ms, wait_ms, wait_most_ms;
	uint32_t queue_most; /* jobs seen waiting at one look */
};

struct zone {
	uint32_t number; /* of its id */
	bool sealed, there; /* nobody may go out; in force */
};
struct board_row;
struct theatre {
	struct front *f;
	struct board_row *board;
	size_t board_n, board_cap;
	uint64_t board_told;
	int64_t board_at;
	uint32_t index;
	const struct scenario_county *p;
	struct county *c;
	struct epidemic *ep;
	struct keys keys;
	struct person *persons;
	struct track *tracks;
	size_t tracks_n, tracks_cap;
	struct tube *tubes;
	size_t tubes_n, tubes_cap;
	struct box *boxes;
	size_t boxes_n, boxes_cap;
	uint32_t *cursor, *open_tube; /* by village, of the round that runs */
	struct round *rounds;
	size_t rounds_n, rounds_cap;
	struct machine *machines;
	uint32_t plates_n, visits_n, facts_n, others_n, transfers_n, runs_n;
	uint64_t told_n; /* facts kept by the server */
	uint64_t cases_told, cases_seen; /* steps of cases told; when the officer last looked */
	struct desk *desks;
	struct door *doors;
	size_t doors_n;
	/* zones, by village */
	struct zone *zones;
	uint32_t residents_n; /* in rooms */
	int64_t discharges_n, zones_n, services_n;
	uint32_t no_room_n; /* who had to wait for a room */
	/* the plan */
	int64_t first_found_at, outside_at; /* first positive; last one of a person who was not under observation */
	uint32_t clean; /* rounds without a new positive */
	bool plan_on, plan_over;
	int32_t cuts_on_day;
	struct set64 pairs; /* a case's person and a contact whom the proposals named, for recall */
	struct set64 stays; /* recorded so far */
	struct set64 known_places;
	/* counts */
	uint32_t *free_rooms[2]; /* of contacts and of cases, as last read */
	size_t free_rooms_n[2];
	uint64_t swabs_n, singles_n, door_swabs_n, excused_n[3]; /* refused, away, isolated */
	uint64_t stays_told_n, signatures_n, releases_n, waived_n, checks_n, moved_n;
	int64_t zero_day; /* last day with a new infection */
	uint32_t *away_by_day, *home_by_day; /* persons held at noon */
	uint16_t pcr_q16[TUBE_MAX + 1][DISEASE_PCR_DAYS + 1];
};

/* One kind of duty on the board: how many are open, and what a post knows of the list since it last read it. */
struct board_row {
	char kind[40];
	int64_t open;              /* as the board says now */
	int64_t seen_open, seen_at, next_at; /* when the list was read; the earliest duty on it whose time has not come */
	bool left;                 /* duties that were due were left for want of time */
};
struct refusal {
	char kind[40], code[40], at[60], what[120];
	uint64_t n;
};
struct front {
	struct front_options o;
	const struct scenario *s;
	struct disease disease;
	int64_t begins_at;
	int32_t first_day;
	uint64_t seed;
	int64_t now;
	struct theatre *theatres;
	size_t theatres_n;
	struct front_kind *kinds;
	size_t kinds_n, kinds_cap;
	struct refusal refusals[32];
	size_t refusals_n;
	uint64_t batches_n, batches_twice_n, kills_n;
	uint32_t days_run;
	bool stopped, over, found;
	int64_t killed_at;
};

/* ---- names (front.c) -------------------------------------------------------------------------------------------- */
struct id front_id(const struct theatre *t, enum name n, uint32_t number);
/* Its text, in one of sixteen turning buffers. */
const char *front_name(const struct theatre *t, enum name n, uint32_t number);
/* The number of an id of that kind; false when it is another's. */
bool front_number(const struct theatre *t, struct str id, enum name n, uint32_t *out);
int64_t front_area_of(const struct theatre *t, uint32_t person); /* village code, 12 digits */
int64_t front_village(const struct theatre *t, uint32_t village);
uint32_t front_minute(const struct front *f, int64_t ms); /* since the first midnight */
int front_hour(const struct front *f, int64_t ms);        /* local hour */
struct track *front_track(struct theatre *t, uint32_t person); /* made when there is none; valid until the next is made */
bool front_sick(const struct theatre *t, uint32_t person, int64_t at); /* has symptoms of this disease now */

/* ---- what staff do (desk.c) ---------------------------------------------------------------------------------------- */
/* Notes a fact to be sent with this look; ' in the format stands for ". */
void tell(struct desk *k, const char *kind, int64_t area, int64_t at, const char *body, ...) PRINTF_LIKE(5, 6);
/* Sends what was noted, now, unless the line is down. */
enum err_code desk_flush(struct desk *k, struct err *e);
/* False when nothing was told in the county since this post last read its list and less than an hour has passed. */
bool desk_news(struct desk *k);
/* A list of the server; format and arguments make its path. */
enum err_code desk_rows(struct desk *k, const struct json **rows, struct err *e, const char *path, ...) PRINTF_LIKE(4, 5);
/* The numbers of that kind in a column of rows, ascending: some lists come in the order in which the ledger met things, and people go
 * through them from house to house. NULL when memory is out; the caller frees. */
uint32_t *desk_numbers(struct desk *k, const struct json *rows, const char *column, enum name name, size_t *n);
/* The open duties of one kind; NULL rows when the board shows none whose time has come, or nothing new since the list was last read. */
enum err_code desk_duties(struct desk *k, const char *kind, const struct json **rows, struct err *e);
/* A duty of that list that is due was left. */
void desk_left(struct desk *k, const char *kind);
/* A team for a job that is known since `known`: when it would be done, if that is not after now; else 0. Takes the team. */
int64_t desk_take(struct desk *k, int64_t known, int64_t took_min, uint32_t *team);
/* The wait of one job, for the report. */
void desk_waited(struct desk *k, int64_t known, int64_t begun);
/* True when the number was not in the set. */
bool set64_add(struct set64 *s, uint64_t number);
bool set64_has(const struct set64 *s, uint64_t number);
bool desk_room(void *p, size_t *cap, size_t n, size_t size); /* room for one more element */

/* Holds and releases in the epidemic. */
enum err_code front_hold(struct theatre *t, uint32_t person, enum hold_kind kind, int64_t at, struct err *e);
void front_let_go(struct theatre *t, uint32_t person, int64_t at);

/* Tubes (staff_testing.c). */
uint32_t tube_open(struct desk *k, uint32_t village, uint16_t campaign, uint8_t max, int64_t at);
void tube_swab(struct desk *k, uint32_t tube, uint32_t person, int64_t at);
void tube_close(struct desk *k, uint32_t tube, int64_t at);
/* One person alone in a tube, opened, filled and closed at once. */
void tube_single(struct desk *k, uint32_t person, int64_t at);

/* The posts. */
enum err_code staff_command(struct desk *k, struct err *e), staff_clinic(struct desk *k, struct err *e), staff_sites(struct desk *k, struct err *e),
	staff_doors(struct desk *k, struct err *e), staff_singles(struct desk *k, struct err *e), staff_courier(struct desk *k, struct err *e),
	staff_laboratory(struct desk *k, struct err *e), staff_tracers(struct desk *k, struct err *e), staff_signatures(struct desk *k, struct err *e),
	staff_follow(struct desk *k, struct err *e), staff_transport(struct desk *k, struct err *e), staff_house(struct desk *k, struct err *e),
	staff_zones(struct desk *k, struct err *e), staff_homes(struct desk *k, struct err *e);
/* What isolation sites there are (staff_house.c). */
void house_tell_sites(struct desk *officer, int64_t at);
void house_tell_rooms(struct desk *site, int64_t at);
void transport_tell_vehicles(struct desk *dispatcher, int64_t at); /* staff_transport.c */
/* A free room of the site for contacts or for cases, NO_ROOM: none; and into it. */
enum err_code house_rooms_read(struct desk *k, struct err *e);
uint32_t house_room(struct theatre *t, bool for_case);
void house_admit(struct desk *k, uint32_t person, uint32_t room, bool as_case, int64_t at);
/* Who may leave a site: signed by the officer. */
enum err_code house_releases(struct desk *k, struct err *e);
/* Temperature and symptoms of a person now. */
void tell_check(struct desk *k, uint32_t person);
/* The user's own id (a name of an account), for lists of members. */
enum err_code desk_user(struct desk *k, char out[NAME_N], struct err *e);
/* Register, outbreak, laboratory, sites: what stands before the first day (staff_command.c). */
enum err_code staff_load(struct theatre *t, struct err *e);

#endif
