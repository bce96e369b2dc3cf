import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readInventory } from '../../inventory.ts';

function read(text: string) {
  return readInventory([{ name: 'rig07.txt', text }]);
}

const TRM =
  'STATUS=S,When=1600000000,Code=9,Msg=2 GPU(s) - ,Description=TeamRedMiner 0.7.9|' +
  'GPU=0,Status=Alive,Temperature=57.00,Fan Percent=63,GPU Clock=1145,MHS av=29.1,KHS 30s=29150,Hardware Errors=4|' +
  'GPU=1,Status=Alive,Temperature=61.00,Fan Percent=66,GPU Clock=1150,MHS av=30.2,Hardware Errors=0|';

describe('miners that answer in words', () => {
  it('say in sgminer’s API what they say in its JSON', () => {
    const { farm, faults } = read(`$ echo devs | nc localhost 4028\n${TRM}\0\n`);
    expect(faults).toEqual([]);
    expect(farm.rigs[0]).toMatchObject({ rigId: 'rig07', observedAt: '2020-09-13T12:26:40Z' });
    expect(farm.rigs[0]?.cards).toMatchObject([
      { vendor: 'amd', reading: { temperatureCelsius: 57, hashesPerSecond: 29.15e6, invalidShareCount: 4 } },
      { vendor: 'amd', reading: { fanPercent: 66, hashesPerSecond: 30.2e6, coreClockMhz: 1150 } },
    ]);
  });

  it('say in ccminer’s which card sits where, in the units of any release', () => {
    const { farm } = read(
      'GPU=0;BUS=4;CARD=GeForce GTX 1070;TEMP=64.0;POWER=118000;FAN=70;RPM=2100;FREQ=1797500;KHS=31250.5;HWF=1|' +
        'GPU=1;BUS=12;CARD=P104-100;TEMP=59;POWER=130;FAN=0;FREQ=1700;KHS=33000|',
    );
    expect(farm.rigs[0]?.cards).toMatchObject([
      {
        ...{ busId: '04:00.0', name: 'GeForce GTX 1070' },
        reading: { powerWatts: 118, coreClockMhz: 1797.5, hashesPerSecond: 31_250_500, invalidShareCount: 1 },
      },
      { busId: '0c:00.0', name: 'P104-100', reading: { powerWatts: 130, fanPercent: 0, coreClockMhz: 1700 } },
    ]);
  });

  it('never stop the reading, wherever their answer is cut', () => {
    fc.assert(
      fc.property(fc.nat(TRM.length), fc.string({ maxLength: 20 }), (length, rest) => {
        expect(read(`${TRM.slice(0, length)}${rest}`).farm.rigs.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
