% from webui.devices import device_words
% rebase('layout', title=t('nav.account'), here='account')
% page_head(t('nav.account'), t('account.who', name=user.name, role=t('role.' + user.role)))
<div id="toasts">
% if done:
%   toast(t('account.done_' + done))
% end
</div>
% with card(t('account.devices'), 'devices'):
<ul class="rows">
%   for device in devices:
<li class="row">
<div><strong>{{device_words(device.agent) or t('account.unknown_device')}}</strong>
%     if device.handle == here:
%       pill(t('account.here'), 'good')
%     end
%     if device.kept:
%       pill(t('account.kept'))
%     end
<p class="meta">{{device.address}} · {{t('account.seen')}}
%     when(int(device.seen_s * 1000), visit.offset_min)
</p></div>
%     action('/account/devices/%s/sign-out' % device.handle, t('account.sign_out'), 'out', [])
</li>
%   end
</ul>
% end
% with card(t('account.password'), 'password'):
<form method="post" action="/account/password">
%   token_field()
%   fault_line(fault)
<input type="text" name="username" value="{{user.name}}" autocomplete="username" hidden>
%   field(t('account.present'), 'present', kind='password', required=True, autocomplete='current-password', longest=1000)
%   field(t('password.new'), 'password', hint=t('password.hint', n=shortest), kind='password', required=True, autocomplete='new-password', minimum=shortest)
%   field(t('password.again'), 'again', kind='password', required=True, autocomplete='new-password', minimum=shortest)
<button type="submit">{{t('account.change')}}</button>
</form>
% end
% with card(t('account.language'), 'language'):
<form method="post" action="/account/language" class="inline">
%   token_field()
%   choice(t('account.language'), 'language', t.language, [(key, t('language.' + key)) for key in languages])
<button type="submit">{{t('form.save')}}</button>
</form>
% end
<label class="tick" hidden><input type="checkbox" data-alerts-kept> {{t('alerts.kept')}}</label>
% if fingerprint:
%   with card(t('account.certificate'), 'certificate'):
<p>{{t('account.certificate_hint')}}</p>
<p class="mono">{{fingerprint}}</p>
%   end
% end
