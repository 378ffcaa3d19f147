% rebase('layout', title=t('parts.title'), here='')
% page_head(t('parts.title'), t('parts.hint'))
<div id="toasts">
% toast(t('messages.deleted'))
</div>
% banner('warn', t('parts.warn'), t('problem.stopped_remedy'))
% banner('fault', t('problem.stopped'), t('problem.stopped_remedy'))
% with card('Lamps', 'lamps', badge=6):
<div class="lamps">
%   for kind in ('good', 'busy', 'ring', 'warn', 'fault', 'off'):
%     lamp(kind, kind, t('port_state.idle'), '48 V · 0 mA')
%   end
</div>
% end
% with card('Pills, times, a picture', 'pills', link='/parts', link_words=t('home.all_calls')):
<p>
%   for kind in ('', 'good', 'warn', 'fault', 'quiet'):
%     pill(kind or 'plain', kind)
%   end
%   pill(long_name, 'warn')
</p>
<p>
%   for ms in moments:
%     when(ms, visit.offset_min)
<br>
%   end
</p>
%   picture(hours)
% end
% with card(long_name, 'long'):
<ul class="rows">
<li class="row"><div><strong>{{long_name}}</strong><p class="meta">{{long_name}}</p></div>
%   link_action('tel:+15145550188', t('call.back'), 'calls')
</li>
</ul>
%   player(0, outline, 24.0, t('message.from', who=long_name))
%   empty('messages', t('home.no_messages'), t('home.no_messages_hint'))
% end
% with card(t('fax.title'), 'faxes', badge=len(faxes)):
%   for fax in faxes:
%     fax_row(fax, '/parts', '', 3)
%   end
% end
% with card(t('call.happened'), 'timeline'):
%   timeline_picture(drawn)
% end
% with card('Fields', 'fields'):
%   fault_line(t('login.wrong'))
%   field(t('contact.name'), 'part_name', long_name, t('contact.sounds_like_hint'))
%   choice(t('account.language'), 'part_language', 'fr', [(key, t('language.' + key)) for key in ('en', 'fr')])
%   with folded(t('problem.detail')):
<p class="mono">{{long_name}}</p>
%   end
<button type="button">{{t('form.save')}}</button>
<a class="button plain" href="/parts">{{t('form.cancel')}}</a>
% end
