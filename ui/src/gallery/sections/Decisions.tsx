import { useState } from 'react';
import { Bound, BoundPart, Votes } from '#ui/components/approval/Approval.tsx';
import { FactBadge } from '#ui/components/badge/Badge.tsx';
import { Banner } from '#ui/components/banner/Banner.tsx';
import { Button } from '#ui/components/button/Button.tsx';
import { Card, CardHead } from '#ui/components/card/Card.tsx';
import { Code, Command } from '#ui/components/code/Code.tsx';
import { Diff } from '#ui/components/diff/Diff.tsx';
import { Dock } from '#ui/components/dock/Dock.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { Readings } from '#ui/components/intent/Intent.tsx';
import { MemberChip } from '#ui/components/member/Member.tsx';
import { Seal } from '#ui/components/seal/Seal.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { APPROVAL as A, BANNERS, READINGS, VOTES } from '../fixtures/decisions.ts';
import { shopImporter } from '../fixtures/people.ts';
import { COMMAND, HASH, PRICES_DIFF } from '../fixtures/samples.ts';
import { Spec } from '../Spec.tsx';

export function Decisions() {
  const [reading, setReading] = useState('project');
  return (
    <>
      <Spec id="intent">
        <Readings label={A.readings} readings={READINGS} chosen={reading} onChoose={setReading} />
      </Spec>
      <Spec id="approval">
        <Card label={A.title}>
          <CardHead lead={<StatusIcon status="wait" />} title={A.title}>
            <span className="meta push">{A.left}</span>
          </CardHead>
          <div className="card-body col">
            <div className="row row-wrap row-4">
              <MemberChip member={shopImporter} />
              <FactBadge icon="out">{A.network}</FactBadge>
              <FactBadge>{A.cost}</FactBadge>
              <Seal hex={HASH} digits={8} />
            </div>
            <Code>
              <Command words={COMMAND} />
            </Code>
          </div>
          <div className="card-foot">
            <Button kind="primary" small>
              {A.approve}
            </Button>
            <Button kind="danger" small>
              {A.deny}
            </Button>
            <Button kind="quiet" small>
              {A.open}
            </Button>
            <span className="meta push">{A.votes}</span>
          </div>
        </Card>
        <Bound title={A.covers} hex={HASH} parts={2} size={4118}>
          <BoundPart>
            <div className="diff-head">
              <Icon name="term" />
              <strong className="strong">{A.command}</strong>
              <span className="meta mono cut grow">{A.folder}</span>
              <span className="meta narrow-hide">{A.shell}</span>
            </div>
            <Code>
              <Command words={COMMAND} />
            </Code>
          </BoundPart>
          <BoundPart>
            <Diff diff={PRICES_DIFF} />
          </BoundPart>
        </Bound>
        <Votes votes={VOTES} />
        <div className="card">
          <Dock label={A.decision} note={A.voids}>
            <Button kind="primary" keys="A">
              {A.approve}
            </Button>
            <Button kind="danger" keys="D">
              {A.deny}
            </Button>
            <Button keys="E">{A.edit}</Button>
          </Dock>
        </div>
      </Spec>
      <Spec id="banner">
        {BANNERS.map((banner) => (
          <Banner
            key={banner.status}
            status={banner.status}
            action={banner.action && <Button small>{banner.action}</Button>}
          >
            {banner.text}
          </Banner>
        ))}
      </Spec>
    </>
  );
}
