% back = '/' if visit.partial or visit.form.given('form_token') else visit.path
% for call in visit.emergencies:
<div class="banner {{'warn' if call.drill else 'fault'}} emergency" role="alert">
%   icon('alert')
<div><p><strong>{{t('emergency.drill_banner' if call.drill else 'emergency.failed_banner' if call.outcome == 'failed' else 'emergency.banner', number=plain(call.number, 20), handset=visit.handset(call.handset, 'port.the_handset'))}}</strong></p>
<p class="meta">
%   when(call.started_ms, call.utc_offset_min)
 · <a href="/calls/{{call.call}}">{{t('emergency.more')}}</a></p></div>
%   action('/emergency/%d/seen' % call.call, t('emergency.seen'), 'heard', [('back', back)], '#attention')
</div>
% end
