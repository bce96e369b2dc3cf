import { join } from 'node:path';
import type { Board } from '@rerig/domain/inventory';
import { known } from './known.ts';
import { readText } from './machine-files.ts';

/** A motherboard, and the product that makes the machine virtual, if one does. */
export interface ProbedBoard {
  readonly board?: Board;
  readonly virtualMachine?: string;
}

/** Makers of virtual machines, as their firmware names them. */
const VIRTUAL_MAKERS =
  /qemu|kvm|vmware|innotek|virtualbox|xen|parallels|bochs|bhyve|amazon ec2|google|digitalocean|openstack|alibaba|hetzner/i;

/** Reads what the firmware says of the board. `isVirtual`: the processor's flags tell of a hypervisor. */
export async function probeBoard(sys: string, isVirtual: boolean): Promise<ProbedBoard> {
  const field = async (name: string) => toldText(await readText(join(sys, 'class/dmi/id', name)));
  const [manufacturer, product, bios, maker, machine] = await Promise.all([
    field('board_vendor'),
    field('board_name'),
    field('bios_version'),
    field('sys_vendor'),
    field('product_name'),
  ]);
  const board = product === undefined ? undefined : known({ manufacturer, product, bios });
  const name = [maker, machine].filter((each) => each !== undefined).join(' ');
  const isNamed = VIRTUAL_MAKERS.test(name) || /^Microsoft Corporation Virtual Machine$/.test(name);
  if (isNamed) return known({ board, virtualMachine: name });
  return known({ board, virtualMachine: isVirtual ? 'a hypervisor that does not give its name' : undefined });
}

/** Boards are sold with fields that nobody filled in. */
function toldText(text: string | undefined): string | undefined {
  const isFilled =
    text !== undefined && text !== '' && !/^(to be filled|default string|not specified|n\/a|none)/i.test(text);
  return isFilled ? text : undefined;
}
