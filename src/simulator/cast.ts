/** Who plays in the demo. All invented: no team, player or handle of the real world. */

export interface DemoPlayer {
  id: string;
  name: string;
}

export interface DemoTeam {
  id: string;
  name: string;
  players: readonly DemoPlayer[];
  /** How good they are; 1 is the middle. */
  strength: number;
}

const LINE_UPS: readonly (readonly [team: string, strength: number, ...players: string[]])[] = [
  ['Copper Otters', 1.1, 'brindlewick', 'Tallowmere', 'oxbowen', 'quillfeather7', 'Marzipank'],
  ['Night Ferry', 1.05, 'harbourlamp', 'Saltwick', 'bargemoth', 'fogtiller', 'Undertoad'],
  ['Static Orchard', 1, 'plumwire', 'Grafthand', 'ciderstorm', 'orchardizer', 'Pipwright'],
  ['Velvet Anvil', 1.15, 'hushhammer', 'Emberlyx', 'slagpoet', 'tonguesmith', 'Bellowsby'],
  ['Glass Herons', 0.95, 'wadewell', 'Stiltonix', 'reedcutterr', 'marshglow', 'Paleplume'],
  ['Thunder Bakery', 0.9, 'crumbolt', 'Ryeflash', 'doughdynamo', 'pretzelarc', 'Yeastwood'],
  ['Paper Lanterns', 1, 'foldlight', 'Wickerfox', 'tissuepaw', 'candlemuse', 'Origamoth'],
  ['Saffron Comets', 1.05, 'tailspark', 'Orbitello', 'dustdapple', 'perihelio', 'Kometka'],
  ['Quiet Volcano', 1.1, 'ashwhisper', 'Calderon7', 'pumicepaw', 'obsidiana', 'Magmalot'],
  ['Tin Astronauts', 0.95, 'rivetmoon', 'Cancontrol', 'orbitless', 'solderboy', 'Airlockie'],
  ['Mossy Circuit', 1, 'fernware', 'Lichenix', 'bogbyte', 'sporeloop', 'Peatstack'],
  ['Hollow Carnival', 0.9, 'stiltjack', 'Tentpegg', 'cottonfloss', 'ferriswill', 'Jugglenaut'],
];

const slug = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, '-');

export const DEMO_TEAMS: readonly DemoTeam[] = LINE_UPS.map(([name, strength, ...players]) => ({
  id: `demo-${slug(name)}`,
  name,
  strength,
  players: players.map((player) => ({ id: `demo-${slug(player)}`, name: player })),
}));
