import { useState } from 'react';
import { Button, ButtonGroup, IconButton, LinkButton } from '#ui/components/button/Button.tsx';
import { Check, Radio, Switch } from '#ui/components/check/Check.tsx';
import { Field, Input, Select, Textarea } from '#ui/components/field/Field.tsx';
import { Kbd } from '#ui/components/kbd/Kbd.tsx';
import { Segment } from '#ui/components/segment/Segment.tsx';
import { SplitHandle } from '#ui/components/split/SplitHandle.tsx';
import { Panel, TabBar, TabLinks, Tabs } from '#ui/components/tabs/Tabs.tsx';
import { ACTION_IDS } from '#ui/frame/actions.ts';
import { DEFAULT_KEYS } from '#ui/frame/keyMatcher.ts';
import { t } from '#ui/words/words.ts';
import { CONTROLS as C } from '../fixtures/controls.ts';
import { Note, Row, Shown, Spec } from '../Spec.tsx';

const nothing = () => {};

export function Controls() {
  return (
    <>
      <Buttons />
      <Fields />
      <TabsSpec />
      <SplitSpec />
    </>
  );
}

function Buttons() {
  return (
    <Spec id="button">
      <Row>
        <Shown state="rest">
          <Button kind="primary">{C.approve}</Button>
        </Shown>
        {(['hover', 'press', 'focus'] as const).map((drawn) => (
          <Shown key={drawn} state={drawn}>
            <Button kind="primary" drawn={drawn}>
              {C.approve}
            </Button>
          </Shown>
        ))}
        <Shown state="disabled">
          <Button kind="primary" disabled>
            {C.approve}
          </Button>
        </Shown>
        <Shown state="reason">
          <Button kind="primary" reason={C.reason}>
            {C.approve}
          </Button>
        </Shown>
        <Shown state="busy">
          <Button kind="primary" busy={C.approving}>
            {C.approve}
          </Button>
        </Shown>
        <Shown state="withKey">
          <Button kind="primary" keys="A">
            {C.approve}
          </Button>
        </Shown>
      </Row>
      <Row>
        <Shown state="secondary">
          <Button>{C.edit}</Button>
        </Shown>
        <Shown state="hover">
          <Button drawn="hover">{C.edit}</Button>
        </Shown>
        <Shown state="focus">
          <Button drawn="focus">{C.edit}</Button>
        </Shown>
        <Shown state="disabled">
          <Button disabled>{C.edit}</Button>
        </Shown>
        <Shown state="danger">
          <Button kind="danger">{C.deny}</Button>
        </Shown>
        <Shown state="quiet">
          <Button kind="quiet">{C.ask}</Button>
        </Shown>
        <Shown state="small">
          <Button small icon="pause">
            {C.pause}
          </Button>
        </Shown>
        <Shown state="icon">
          <IconButton icon="more" label={C.more} />
        </Shown>
        <Shown state="group">
          <ButtonGroup label={C.approveAll}>
            <Button>{C.approveAll}</Button>
            <IconButton icon="chev-d" label={C.more} />
          </ButtonGroup>
        </Shown>
        <Shown state="link">
          <LinkButton href="#/gallery">{C.open}</LinkButton>
        </Shown>
      </Row>
    </Spec>
  );
}

function Fields() {
  const f = C.fields;
  return (
    <>
      <Spec id="field">
        <div className="grid-3">
          <Field label={f.name}>
            <Input defaultValue={f.nameValue} />
          </Field>
          <Field label={f.focus}>
            <Input drawn="focus" defaultValue={f.focusValue} />
          </Field>
          <Field label={f.budget} error={f.budgetError}>
            <Input amount defaultValue={f.budgetValue} />
          </Field>
          <Field label={f.manager}>
            <Select>
              <option>{f.managerValue}</option>
            </Select>
          </Field>
          <Field label={f.placeholder}>
            <Input mono placeholder={f.placeholderValue} />
          </Field>
          <Field label={f.disabled} hint={f.disabledHint}>
            <Input disabled defaultValue={f.disabledValue} />
          </Field>
          <Field label={f.reason}>
            <Textarea defaultValue={f.reasonValue} />
          </Field>
        </div>
      </Spec>
      <Spec id="check">
        <Row>
          <Check defaultChecked>{f.checked}</Check>
          <Check>{f.unchecked}</Check>
          <Radio name="gallery-radio" defaultChecked>
            {f.chosen}
          </Radio>
          <Radio name="gallery-radio">{f.other}</Radio>
          <Switch defaultChecked>{f.on}</Switch>
          <Switch>{f.off}</Switch>
        </Row>
      </Spec>
    </>
  );
}

function TabsSpec() {
  const [tab, setTab] = useState('plan');
  const [view, setView] = useState('graph');
  return (
    <Spec id="tabs">
      <Tabs chosen={tab} onChoose={setTab}>
        <TabBar label={C.tabsLabel} tabs={C.tabs} />
        {C.tabs.map((item) => (
          <Panel key={item.id} id={item.id}>
            <span className="meta">{item.name}</span>
          </Panel>
        ))}
      </Tabs>
      <TabLinks
        label={C.linksLabel}
        tabs={[
          { name: C.open, href: '#/gallery', current: true },
          { name: C.more, href: '#/', count: 128 },
        ]}
      />
      <Segment label={C.viewLabel} choices={C.views} chosen={view} onChoose={setView} />
    </Spec>
  );
}

function SplitSpec() {
  const [width, setWidth] = useState(240);
  const bounds = { least: 120, most: 480, initial: 240 };
  return (
    <Spec id="split">
      <div className="card row gallery-box">
        <div className="pad-s sec" style={{ width }}>
          {width}
        </div>
        <SplitHandle label={C.splitLabel} width={width} bounds={bounds} side="left" onChange={setWidth} />
        <div className="grow pad-s sec">
          <Note id="split" />
        </div>
        <SplitHandle label={C.splitHover} width={width} bounds={bounds} side="right" onChange={nothing} drawn="hover" />
        <div className="grow pad-s sec" />
      </div>
    </Spec>
  );
}

export function KeysSpec() {
  return (
    <Spec id="keys">
      <Row>
        {ACTION_IDS.map((action) => (
          <span key={action} className="row row-4">
            <Kbd keys={DEFAULT_KEYS[action]} />
            <span className="meta">{t(`action.${action}`)}</span>
          </span>
        ))}
      </Row>
    </Spec>
  );
}
