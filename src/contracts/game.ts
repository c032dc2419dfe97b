/** What a game has to say to be ranked: its name and the shape of a stat line. */
import { z } from 'zod';

/** Something counted: whole, never negative, small enough that a career of sums stays exact in a double. */
export const Count = z.int().min(0).max(1_000_000_000);
/** A percentage with decimals, such as 87.5. */
export const Percentage = z.number().min(0).max(100);
/** A word such as a weapon's or a champion's name. */
export const Label = z.string().trim().min(1).max(64);

type StatShape = Record<string, z.ZodOptional<z.ZodNumber | z.ZodInt | z.ZodString>>;

export interface GameDefinition {
  readonly name: string;
  readonly title: string;
  /** Strict: an unknown key is refused with its path. Every stat is optional, at least one must be there. */
  readonly stats: z.ZodType<Record<string, number | string | undefined>>;
  /** The stats that can be ranked, in the order they were declared. */
  readonly numericStats: readonly string[];
}

export function defineGame<const Name extends string>(name: Name, title: string, shape: Record<string, z.ZodType<number | string>>): GameDefinition & { readonly name: Name } {
  const optional = Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, schema.optional()])) as unknown as StatShape;
  return {
    name,
    title,
    stats: z
      .strictObject(optional)
      .refine((stats) => Object.keys(stats).length > 0, 'a stat line holds at least one stat')
      .meta({ id: `${name}Stats`, title: `${title} stat line` }),
    numericStats: Object.keys(shape).filter((key) => shape[key] instanceof z.ZodNumber),
  };
}
