% with card(t('emergency.title'), 'emergency-calls'):
<dl class="facts">
<div><dt>{{t('emergency.address')}}</dt><dd>{{plain(address, 200) or t('emergency.no_address')}}</dd></div>
<div><dt>{{t('emergency.last_drill')}}</dt><dd>
%   if last_drill:
%     when(last_drill.started_ms, last_drill.utc_offset_min)
 · {{t('emergency.seen_by', who=drill_seen_by) if drill_seen_by else t('emergency.unseen')}} · <a href="/calls/{{last_drill.call}}">{{t('emergency.more')}}</a>
%   else:
{{t('emergency.no_drill')}}
%   end
</dd></div>
</dl>
<div class="two emergency-forms">
<form method="post" action="/emergency/address">
%   token_field()
%   field(t('emergency.address'), 'address', plain(address, 200), t('emergency.address_hint'))
<button type="submit" class="plain">{{t('form.save')}}</button>
</form>
<form method="post" action="/emergency/drill">
%   token_field()
%   choice(t('emergency.drill_on'), 'handset', handsets[0], [(name, handset(name)) for name in handsets])
<p class="quiet">{{t('emergency.drill_hint')}}</p>
<button type="submit" class="plain">{{t('emergency.drill')}}</button>
</form>
</div>
% end
