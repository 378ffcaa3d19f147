-- What the receptionist leads callers through: one tree of menus, as the rules room has it (JSON).
CREATE TABLE receptionist (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    tree       TEXT NOT NULL,
    changed_ms INTEGER NOT NULL,
    changed_by TEXT NOT NULL
) STRICT;
