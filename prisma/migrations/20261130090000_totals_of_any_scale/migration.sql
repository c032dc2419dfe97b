-- Totals had 30 decimals and 35 digits before them, as Prisma's Decimal has by default: a line's 1e-31 counted as nothing,
-- where it counts in the raw rankings. A sum has the digits of what it adds up.
ALTER TABLE "player_totals"
  ALTER COLUMN "kills" TYPE DECIMAL USING trim_scale("kills"),
  ALTER COLUMN "deaths" TYPE DECIMAL USING trim_scale("deaths"),
  ALTER COLUMN "assists" TYPE DECIMAL USING trim_scale("assists"),
  ALTER COLUMN "headshots" TYPE DECIMAL USING trim_scale("headshots"),
  ALTER COLUMN "damage" TYPE DECIMAL USING trim_scale("damage"),
  ALTER COLUMN "mvp_stars" TYPE DECIMAL USING trim_scale("mvp_stars"),
  ALTER COLUMN "goals" TYPE DECIMAL USING trim_scale("goals"),
  ALTER COLUMN "tackles" TYPE DECIMAL USING trim_scale("tackles"),
  ALTER COLUMN "passes" TYPE DECIMAL USING trim_scale("passes"),
  ALTER COLUMN "pass_accuracy" TYPE DECIMAL USING trim_scale("pass_accuracy"),
  ALTER COLUMN "shots_on_target" TYPE DECIMAL USING trim_scale("shots_on_target"),
  ALTER COLUMN "possession" TYPE DECIMAL USING trim_scale("possession"),
  ALTER COLUMN "cs" TYPE DECIMAL USING trim_scale("cs"),
  ALTER COLUMN "gold" TYPE DECIMAL USING trim_scale("gold"),
  ALTER COLUMN "vision_score" TYPE DECIMAL USING trim_scale("vision_score");
