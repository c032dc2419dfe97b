-- Rows come and go in stat_deltas. With its pages kept by vacuum the planner sees a table of some size and goes on reading
-- the range above the watermark by its index; a table that vacuum has made empty would be read whole by cached plans,
-- dead rows included, as soon as writers fill it again. Guarded by test/indexes.test.ts.
ALTER TABLE "stat_deltas" SET (vacuum_truncate = false);
